"""How common a word is in English: common words say less about what a query asks for.

The log alone does not know it: in a conversation of some hundred turns, *ready* may be as rare as a name.
The stems are those of the three thousand most common words, by the counts of Google Books Ngrams (CC BY 3.0)
as SymSpell's dictionary has them (MIT), and of some words of chats, which books seldom have.
"""

from __future__ import annotations


def commonness_weight(term: str) -> float:
    """Return what a term of a query counts: from 0.3 for the most common words of English up to 1.

    What says that somebody says something counts `TALK` of that, since every message is said.
    """
    weight = _WEIGHTS.get(term, 1.0)
    return weight * TALK if term in _TALK else weight


TALK = 0.2

_TALK = frozenset(
    """
    agre answer ask consid convers describ disagre discuss explain mention opinion propos question reason
    said say suggest summar summari summaris talk tell think thought told
    """.split()
)

_BANDS = {
    0.3: """
    more new use
    """,
    0.4: """
    free home inform list may one other page post price product search servic site time us year
    """,
    0.5: """
    add avail back book busi buy chang citi click comment compani comput contact copyright data date day
    design develop email file find first forum game get go good group health help here high hotel includ
    item last like link look make manag map member messag most music name need news next now number onlin
    order part peopl person photo pleas pm polici power program provid public rate re read relat report
    requir result review right school see set ship shop show state store support system take term top two
    unit user video view web well work world
    """,
    0.6: """
    absolut access account action activ addit address advanc advertis allow american anoth anyon anyth
    applic archiv area art articl ask associ author awesom base best between big black blog board both box
    build bye call car card care case categori check children class code collect colleg come communiti
    compar complet condit content continu control cool cost counti countri cours creat credit current
    custom de definit depart descript detail differ digit direct directori discuss document down download
    dure each edit educ effect electron end engin even event everyon everyth famili featur follow food
    form found friend full function galleri general gift girl give glad gonna gotta govern great guid guy
    hello hey hi histori hm hmm hour hous imag import increas index industri info insur interest internat
    internet issu jan januari job john join know law learn level life light limit line live local locat
    long lot love low made mail main mani market mayb mean media meet mm model month movi much must nation
    natur network nice non nope north note noth offer offic oh ok okay old open oper option origin park
    parti per perform phone pictur place plan play point present press previous print privaci privat
    problem process profil project properti publish qualiti question quot readi real realli receiv recent
    record refer region regist releas repli request research reserv resourc respons return room run said
    sale same save say scienc second section secur select seller send server share sharp sign sinc size
    small softwar someon someth sorri sourc south special specif sport standard star start still stock
    stori student studi stuff subject sure tabl team technolog test text thank thing think thread three
    titl today tool topic total train travel tri type uh um universiti updat valu version visit wanna want
    water way websit week white window within without women word wow write yeah yep yes
    """,
    0.7: """
    abl abov accept accessori accord act actual administr adult again against age agenc agent ago
    agreement air al album alreadi alway america amount analysi anim announc answer appear appli approv
    apr april around artist assess assist audio aug august australia auto averag award away babi bad bank
    bar basic beach beauti becom begin believ below benefit better bid bill bit blue bodi boy brand break
    brows calendar california camera canada career cart caus cd cell center centr central certain certif
    chapter charg cheap child china choos church classic clear client close cloth club co commerci
    committe common communic concern confer connect consid construct consult consum contain contract copi
    corpor correct council court cover cultur daili databas david deal dec decemb decis defin deliveri
    determin devic die director discount display distribut district dog domain drive drug due earli easi
    east econom either electr employ employe energi english enter entertain entri environ equip error
    establish estat estim ever everi exampl execut exist expect experi express eye face facil fact fall
    fax feb februari feder fee feed feedback feel few field figur film final financ financi fire fit five
    focus forc format four franc front fun fund further futur garden gay generat given global god gold got
    green hand hard head heart hit hold holiday hope host hot howev human id idea identifi ii implement
    improv indic individu initi instal institut integr invest involv island journal juli june keep key kid
    kind la lake land languag larg latest lead least leav left legal less letter librari licens littl loan
    log login london loss lyric machin magazin major man manufactur mar march mark match materi matter
    measur medic memori men method microsoft might mile million minut miss mobil money monitor move near
    net never newslett night notic nov novemb object oct octob offici opportun organiz owner packag paper
    parent particip particular partner pass password past patient pay payment pc period physic pic plant
    player poker polit popular port posit possibl practic prepar presid printer pro produc profession
    promot propos protect purchas purpos put quick race radio rang reason recommend red regul remov rental
    repres respect restaur risk road rock rule safeti sampl san schedul score screen season seem self sell
    sep septemb seri serv sever shall shoe short side similar singl social societi solut song sort sound
    space sponsor st staff stand statement status stay step stop street structur style submit subscrib
    success suggest suit sun suppli talk tax teacher technic tell texa third thought ticket tip tour town
    toy track trade transport treatment turn understand upon usual via vote war washington watch weather
    wed weight welcom west whether wide win written yahoo yet york young
    """,
    0.8: """
    abil abstract academ accommod achiev across ad adapt adjust adopt adventur advic affect affili africa
    agre agricultur aid aim airport alert almost along altern although amazon amend among anal angel
    annual anti apart appl approach appropri approxim architectur argument arm arrang arriv asia asian
    assembl asset assign assum attach attack attempt attend attorney attract auction automat avoid
    background bag balanc ball band basi basket batteri bay bear bed behind bin bird block blood boat born
    boston branch brief bring british brother brown browser budget bug built bush button buyer cabl calcul
    came camp campaign campus canadian cancer capac capit carolina carri cash casino cat celebr centuri
    chair challeng chanc channel charact chart chat chemic chicago chief chines choic christian christma
    civil claim classifi clean clinic clip coast column com combin comfort command commiss commit competit
    compil complex compon concept conduct configur confirm conserv consist constitut contribut convent
    convers convert cook cooper coordin core count coupl creativ crime critic cross cruis cup cut cycl
    damag danc dark dead dealer death debt decid deep default degre delet deliv demand demonstr depend
    describ desktop destin detect diamond diet disabl disclaim diseas distanc divis doctor dollar donat
    door doubl draw dream dress drink driver drop duti earn earth eat economi edg editor effici effort
    elect element els emergenc enabl encourag england enhanc enjoy enough ensur enterpris entir
    environment equal especi essenti est etc eur europ european evalu evid exact examin excel except
    exchang exercis exhibit expand expens expert explain explor extend extens extern extra extrem factor
    faculti fail fair fan far farm fashion fast fat father feet femal fiction fight fill filter fine
    finish firm fish fix flag flash flat fli flight floor florida flow flower footbal foreign forest
    former forward foundat frame french fri friday fulli furnitur gain gas gear georg german germani glass
    goal golf googl grade graduat grand grant graphic greater ground grow growth guarante guest guidelin
    hair half hall handl happen happi hardwar harri hear heat held higher hill hire histor homepag hors
    hospit huge iii immedi impact inc inch incom independ india indian inn input insid instead instruct
    instrument int interact interfac internal interview introduc introduct investig invit iraq ireland
    itali itself jack jame japan japanes java jersey judg jul jump jun keyword kill king kingdom kit
    kitchen knowledg known lab label ladi laptop larger las late later launch lawyer leader legisl length
    linux listen load logo longer lord los lost lower ltd mac maintain mainten male manual mari marin
    martin master matur max maximum mechan medicin medium membership mention menu merchant metal mexico
    michael middl mike militari min mind mine mini minimum minist minor mission mix mode modern modifi
    modul moment mon monday morn mortgag mother motor mount mountain multi multipl museum navig necessari
    nokia none normal northern nurs observ obtain occur often ohio oil opinion organis otherwis outdoor
    output outsid overal overview pacif pack paid pain paint panel paramet pari patch path pattern paul
    peac percent perfect permiss permit pet peter phase photograph photographi pick piec platform plus
    polic pool poor pop popul poster potenti prefer pressur pretti prev prevent primari prior probabl
    procedur proceed profit programm progress proper protein provis quarter quit rais random rank rather
    reach reader recip reduc reflect regard registr regular relationship relev remain rememb remot rent
    repair replac republ resid resolut resort respond rest retail revis richard ring rington river robert
    role roll root rose round rout safe sat saturday saw scale script sea seat secret secretari sector
    seek seen senat senior sens sent separ sequenc serious session sheet shirt shot shown signal signific
    silver simpl simpli situat six skill skin skip smith sometim son soni soon southern spain speak
    speaker specifi speed spend spring squar stage station statist steel stone storag strategi stream
    string strong studio sub summari summer sunday super supplier surfac survey switch tag taken target
    task teach tech techniqu tel telephon televis temperatur ten termin theme theori therefor thoma though
    thousand throughout thu thursday thus togeth told tom took touch toward trademark tradit traffic
    transfer transit translat treat tree trial trip truck true trust tue tuesday union uniqu unknown
    unless upgrad util vacat valid valley van variabl varieti various vehicl villag virginia virtual
    visitor visual voic volum wait walk wall warn wast wednesday went western whole william wind wine
    winter wire wireless wish woman wonder wood worker workshop worldwid writer wrong wrote yellow
    yourself youth zip zone
    """,
    0.9: """
    abus academi acc accid accur accuraci acid acknowledg acquir acquisit actor adam admin admiss adob
    advantag advis advisor advisori affair afford african agenda ahead aircraft airlin alabama alaska
    alcohol algorithm allianc alloc alon alpha amateur amaz analyst andrew ann annot anonym antiqu anyway
    appar apparel appeal applianc appoint appreci arab arizona armi array aspect assur athlet atlanta atom
    attent attribut audienc audit austin australian austria authent autom automot ave avenu avg awar
    backup banner bargain basebal basketbal bass bath bathroom battl beat becam bedroom began bell ben bet
    beta beyond bibl bike billion bind bio biographi biolog birth birthday blogger blond blow bob bond
    bone bonus bookmark boot border bottl bottom bought bound bowl brain brazil breakfast brian bridg
    bright broad broadband broadcast broken broker brought buddi builder bulletin bureau burn bus byte
    cach cam camcord cancel candid canon cap capabl cape captur carrier cartoon cartridg cast catalogu
    catch census cent certifi chain chairman chamber characterist charl charter cheat checkout chip chocol
    chris christ circl circuit circumst cisco cite citizen clark classroom climat clock cluster coach coat
    coffe coin cold collabor color colorado colour columbia comedi comic commerc compact comparison compat
    compens compet complaint complianc compos composit comprehens con concentr concert conclus confid
    conflict congress connecticut consequ consider consol consolid constant contemporari contest context
    contractor conveni cooki corner corp correspond counter coupon coverag crack craft cream creation
    creek crew crimin criteria crystal currenc dakota dalla dan danger daniel daughter dave davi dean
    debat declar decor decreas dedic defend del delay dell delta demo democrat deni deposit depth deriv
    desir desk despit destroy diabet dictionari diego diff difficult dimens dine dinner disc discov
    discoveri dish disk disney disord distinct divers divid doc doll domest domin don dot doubt draft dri
    dual dynam eagl earlier easier easili eastern editori edward eight elig elimin elizabeth emerg emot
    empir empti encyclopedia enforc engag enlarg entiti episod equat equiti equival eric essay ethic euro
    evening evil evolut exam exceed excess excit exclud exclus exit experienc export exposur extent
    extract fabric factori failur faith fals famous fantasi faq farmer faster favourit fear felt festiv
    finger flexibl florist folder folk font foot ford forecast forget forgot formal formula fort fourth
    fox framework francisco frank freedom frequenc frequent fresh fruit fuel funni gambl gamma gate gather
    gave gender gene generic genet genr georgia glossari gnu goe golden gone governor grati greatest greek
    guard guess guitar gun hang hat hate hawaii hazard header headlin healthcar healthi heard heaven heavi
    height henri heritag hidden hide highest highlight highway himself hip hobbi holder hole holi hong hop
    household houston hundr hunt hunter husband ice icon ideal ident identif ignor ill illinoi illustr
    imagin immigr impress incid incorpor inde indiana infect influenc infrastructur injuri ink innov
    inquiri insert insight inspect inspir instanc instant intel intellig intend intens intent interior
    interpret inventori investor iowa irish iron israel italian jacket jackson javascript jazz jean jeff
    jesus jim joe johnson joint joke jone jordan joseph junior justic kansa kelli kentucki kept kevin
    keyboard kiss knew kong korea laboratori lack lamp landscap lane largest laser latin layer leadership
    leagu leas leather lectur led lee leg legend len les lesson liabil lib liber lie lifestyl lift linear
    liquid literatur lock lodg logic loop lose loui louisiana lowest luxuri magic magnet maker manner
    marketplac marri marriag maryland mass massachusett mathemat matrix matt meal mental mesh met meter
    miami michigan mid mill miller minim ministri minnesota mirror miscellan mississippi missouri moder
    moon motion motiv mous mouth movement multimedia municip muscl myself mysteri nativ nearbi negat
    negoti netherland newest newspap nine node nois nomin notebook notif notifi novel nuclear null numer
    nutrit oak oblig obvious occup ocean odd oklahoma older ontario onto opposit optic optim oral orang
    oregon organic orient orlando outcom outlet outlin pad pair palm pan paperback paragraph partnership
    patent peak pennsylvania percentag perhap perl perman personnel perspect pharmaci philadelphia philip
    philosophi phoenix physician pill pilot pin pink pipe plain plane planet plastic plate plot plug
    pocket poetri poll portabl portal portfolio portion postal pound precis predict premier premium
    prescript presenc preserv preview prime princ princip principl prioriti prison processor professor
    prohibit promis proof prospect protocol prove provinc psycholog pub pull pump pure push puzzl qualifi
    quantiti queen queri rain ram rapid rare ratio raw ray reaction realiti realiz rear recogn recoveri
    recreat recruit reduct refin reform refus reject relax reliabl relief religi religion remark remind
    renew repeat represent residenti resist resolv restor restrict resum retir retriev reveal revenu
    revers rich ride rise roger rom router row royal rural russia russian safari saint salari salt samsung
    santa satellit satisfi scan scene scheme scientif scientist scope scotland scott seal seattl sec
    secondari seed segment seminar sensit sentenc serial setup seven shape shell shift shock shoot shopper
    shower signatur simul sing singapor sister sit sitemap ski sky sleep slide slight slot slow smaller
    smart smile smoke snow soccer soft soil sold soldier sole solid solv soul spa spam spanish spec speci
    specialist speech spent spi spirit spiritu split spot spread stamp stat static stephen steve stick
    storm straight strateg strength stress strike strip submiss subscript substanc substanti suffer
    suffici suitabl sum supplement suppos surgeri surpris surround surviv sustain sweden sweet swim sydney
    symbol tab tank tape tast taylor tea templat tennesse tenni territori terror testimoni textbook theatr
    themselv therapi threat throw tie tim tire toll tone toni toronto tourism tournament tower trail
    trailer transact transform transmiss trend troubl truth tube tune turkey tutori twin typic ultim
    universal upload upper urban usag usernam utah var vari vega vendor verifi vice victim victoria villa
    vintag violat violenc virus visa vision void vol volunt wale wallpap warm warranti wash wave weapon
    wear weblog webmast weekend wet whatev wheel wholesal width wife wild wilson wing winner wisconsin wit
    won worri worth wrap yard yesterday yield zealand zero zoom
    """,
}

_WEIGHTS = {term: weight for weight, terms in _BANDS.items() for term in terms.split()}
