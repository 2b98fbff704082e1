// Written from the API's OpenAPI file by `python tests/support/portal_tools.py types`.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * ActAnswer
         * @description One thing that was done.
         */
        ActAnswer: {
            /** Number */
            number: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /** User Id */
            user_id: string;
            /**
             * Key Id
             * @description The key by which it was done; null for the admin password and the terminal.
             */
            key_id: string | null;
            /** Action */
            action: string;
            /** What */
            what: string;
            /** Target Id */
            target_id: string | null;
            /** Name */
            name: string | null;
        };
        /**
         * ActiveAgentAnswer
         * @description An agent that does something now.
         */
        ActiveAgentAnswer: {
            /** Id */
            id: string;
            activity: components["schemas"]["ActivityAnswer"];
        };
        /**
         * ActivityAnswer
         * @description What an agent does now.
         */
        ActivityAnswer: {
            /**
             * Running
             * @description Whether it is in a turn, or in another change of its memory, of whichever process.
             */
            running: boolean;
            /**
             * Queued
             * @description The runs that wait for a turn.
             */
            queued: number;
            /**
             * Suspended
             * @description The runs that wait for results or approvals.
             */
            suspended: number;
        };
        /**
         * AgentAnswer
         * @description An agent, as a list shows it.
         */
        AgentAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Messages
             * @description The messages that anyone said and that were not undone.
             */
            messages: number;
            /**
             * Active At
             * @description The time of the newest entry of its log; null before anything happened.
             */
            active_at: string | null;
            overview: components["schemas"]["OverviewAnswer"];
        };
        /**
         * AgentChange
         * @description What changes of an agent.
         */
        AgentChange: {
            /**
             * Name
             * @example sam
             */
            name: string;
        };
        /**
         * AgentDetailAnswer
         * @description An agent with its core memory.
         */
        AgentDetailAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Messages
             * @description The messages that anyone said and that were not undone.
             */
            messages: number;
            /**
             * Active At
             * @description The time of the newest entry of its log; null before anything happened.
             */
            active_at: string | null;
            overview: components["schemas"]["OverviewAnswer"];
            /** Blocks */
            blocks: components["schemas"]["BlockAnswer"][];
            /** Archive Id */
            archive_id: string;
            /**
             * Seq
             * @description The number of the newest entry of its log.
             */
            seq: number;
        };
        /**
         * AgentsFile
         * @description What a home, or a user of it, should have.
         */
        AgentsFile: {
            /**
             * Personas
             * @description Texts for the block `persona`, by their names.
             */
            personas?: {
                [key: string]: string;
            };
            /** Humans */
            humans?: {
                [key: string]: string;
            };
            /**
             * Blocks
             * @description Shared blocks, by their labels.
             */
            blocks?: {
                [key: string]: components["schemas"]["DeclaredSharedBlock"];
            };
            /**
             * Archives
             * @description Shared archives.
             */
            archives?: string[];
            /** Agents */
            agents?: {
                [key: string]: components["schemas"]["DeclaredAgent"];
            };
        };
        /**
         * ApplyAnswer
         * @description What was changed, or would be.
         */
        ApplyAnswer: {
            /** Dry Run */
            dry_run: boolean;
            /**
             * Changes
             * @description How many things were created, changed or removed, or would be.
             */
            changes: number;
            /** Conflicts */
            conflicts: number;
            /** Failed */
            failed: number;
            /** Items */
            items: components["schemas"]["PlannedAnswer"][];
        };
        /**
         * ApplyBody
         * @description A file of agents, and what may be done with it.
         */
        ApplyBody: {
            file?: components["schemas"]["AgentsFile"] | null;
            /**
             * Toml
             * @description The text of an agents.toml; this or `file`.
             */
            toml?: string | null;
            /**
             * Dry Run
             * @description Whether this only says what would change.
             * @default false
             */
            dry_run: boolean;
            /**
             * Overwrite
             * @description Whether texts that agents have edited themselves are replaced.
             * @default false
             */
            overwrite: boolean;
            /**
             * Prune
             * @description Whether agents of the file lose the blocks, archives and documents that it does not name.
             * @default false
             */
            prune: boolean;
            /**
             * Remove
             * @description Agents that are deleted with all that they remember. The file has none of them.
             */
            remove?: string[];
        };
        /**
         * ApprovalBody
         * @description Whether the agent may run a call.
         */
        ApprovalBody: {
            /** Allowed */
            allowed: boolean;
            /**
             * Reason
             * @description Why not; the agent reads it.
             * @default
             */
            reason: string;
        };
        /**
         * ArchiveAnswer
         * @description A shared archive, and who reads it.
         */
        ArchiveAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Agents
             * @description The names of the user's agents that it is attached to.
             */
            agents: string[];
            /**
             * Others
             * @description How many agents of other users read it.
             */
            others: number;
        };
        /**
         * ArchiveName
         * @description The name of a shared archive.
         */
        ArchiveName: {
            /** Name */
            name: string;
        };
        /**
         * BlockAnswer
         * @description A labelled text that is always in the prompt.
         */
        BlockAnswer: {
            /** Label */
            label: string;
            /** Value */
            value: string;
            /**
             * Limit
             * @description The most characters that `value` may have.
             */
            limit: number;
            /** Description */
            description: string;
            /**
             * Read Only
             * @description Whether the agent may only read it.
             */
            read_only: boolean;
            /**
             * Shared
             * @description Whether other agents of the user have the same text.
             */
            shared: boolean;
        };
        /**
         * BlockChange
         * @description What changes of a block. Of `value`, `append` and `replace` at most one is given.
         */
        BlockChange: {
            /**
             * Value
             * @description The whole text.
             */
            value?: string | null;
            /**
             * Append
             * @description A text for a new line at the end.
             */
            append?: string | null;
            replace?: components["schemas"]["Replacement"] | null;
            /** Limit */
            limit?: number | null;
            /** Description */
            description?: string | null;
            /** Read Only */
            read_only?: boolean | null;
        };
        /** Body_import_agent */
        Body_import_agent: {
            /** File */
            file: string;
            /** Name */
            name?: string | null;
            /** Archive */
            archive?: string | null;
        };
        /** Body_load_source */
        Body_load_source: {
            /** File */
            file?: string | null;
            /**
             * Url
             * @description An address on the internet, which the server fetches.
             */
            url?: string | null;
            /** Text */
            text?: string | null;
            /**
             * Name
             * @description Its name in citations.
             */
            name?: string | null;
            /** Tag */
            tag?: string[] | null;
        };
        /**
         * CallAnswer
         * @description A call of a function by the model.
         */
        CallAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Arguments
             * @description As the model wrote them; usually a JSON object.
             */
            arguments: string;
        };
        /**
         * ChangeAnswer
         * @description One change of an agent's memory.
         */
        ChangeAnswer: {
            /**
             * Seq
             * @description Its number in the log; for an eviction, that of the newest entry at its time.
             */
            seq: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /**
             * What
             * @description The kind of the change.
             *
             *     It is `block` (the first text), `edit`, `set` (from code), `shape`, `detach`, `eviction`, `pop`,
             *     `rethink`, `rewrite`, `retry`, `fork`, `undo` or `redo`.
             */
            what: string;
            /**
             * Label
             * @description The label of the block, for changes of one block.
             */
            label: string | null;
            /** Before */
            before: string | null;
            /** After */
            after: string | null;
            /**
             * By
             * @description The other agent, for its edit of a shared block.
             */
            by: string | null;
            /**
             * Of
             * @description The change that this one takes back or does again.
             */
            of: number | null;
        };
        /**
         * ChangesAnswer
         * @description What was changed, oldest first.
         */
        ChangesAnswer: {
            /** Items */
            items: components["schemas"]["ChangeAnswer"][];
        };
        /**
         * ClientsAnswer
         * @description What clients of OpenAI's API get with a key.
         */
        ClientsAnswer: {
            /**
             * Chats
             * @description `one` log for all chats of an agent, or a `fork` of it for each.
             * @enum {string}
             */
            chats: "one" | "fork";
            /**
             * Instructions
             * @description Whether their system texts are instructions for the turn, or ignored.
             */
            instructions: boolean;
            /**
             * Thoughts
             * @description Whether they are shown thoughts without asking for them.
             */
            thoughts: boolean;
        };
        /**
         * CompactedAnswer
         * @description What was evicted from the prompt into the summary.
         */
        CompactedAnswer: {
            /**
             * Evicted
             * @description Whether there was anything to evict.
             */
            evicted: boolean;
            /** Messages */
            messages: number;
            /** Tokens Before */
            tokens_before: number;
            /** Tokens After */
            tokens_after: number;
            /** Summary */
            summary: string | null;
        };
        /**
         * Count
         * @description How many messages.
         */
        Count: {
            /**
             * Count
             * @default 1
             */
            count: number;
        };
        /**
         * CountedArchive
         * @description A shared archive with the number of its passages.
         */
        CountedArchive: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Agents
             * @description The names of the user's agents that it is attached to.
             */
            agents: string[];
            /**
             * Others
             * @description How many agents of other users read it.
             */
            others: number;
            /** Passages */
            passages: number;
        };
        /**
         * Credentials
         * @description What a person types to begin a session.
         */
        Credentials: {
            /**
             * Password
             * @description A key, or the admin password.
             */
            password: string;
        };
        /**
         * DeclaredAgent
         * @description An agent. What is not given stays as it is.
         */
        DeclaredAgent: {
            /**
             * Persona
             * @description The text of its block `persona`, or the name of a persona.
             */
            persona?: string | null;
            /** Human */
            human?: string | null;
            /** Blocks */
            blocks?: {
                [key: string]: components["schemas"]["DeclaredBlock"];
            };
            /**
             * Shared Blocks
             * @description The labels of shared blocks that it has.
             */
            shared_blocks?: string[];
            /**
             * Archives
             * @description The names of shared archives that it reads besides its own.
             */
            archives?: string[];
            /** Sources */
            sources?: components["schemas"]["DeclaredSource"][];
            limits?: components["schemas"]["LimitsBody"] | null;
        };
        /**
         * DeclaredBlock
         * @description A block of one agent. What is not given stays as it is.
         */
        DeclaredBlock: {
            /** Value */
            value?: string | null;
            /** Limit */
            limit?: number | null;
            /** Description */
            description?: string | null;
            /** Read Only */
            read_only?: boolean | null;
        };
        /**
         * DeclaredSharedBlock
         * @description A shared block. What is not given stays as it is.
         */
        DeclaredSharedBlock: {
            /** Value */
            value?: string | null;
            /** Limit */
            limit?: number | null;
            /** Description */
            description?: string | null;
        };
        /**
         * DeclaredSource
         * @description A document in an agent's archive: a file, an address or a text; one of them.
         */
        DeclaredSource: {
            /**
             * Name
             * @description Its name in citations. Only a file has one of its own.
             */
            name?: string | null;
            /**
             * File
             * @description A path, from the folder of the file that declares it. Over HTTP there are none.
             */
            file?: string | null;
            /** Url */
            url?: string | null;
            /** Text */
            text?: string | null;
            /** Tags */
            tags?: string[];
        };
        /**
         * DifferenceAnswer
         * @description What differs between the memory at two entries.
         */
        DifferenceAnswer: {
            /** First */
            first: number;
            /** Second */
            second: number;
            /**
             * Times
             * @description The times of the two entries; null for the start.
             */
            times?: (string | null)[];
            /**
             * Blocks
             * @description The blocks that differ.
             */
            blocks: components["schemas"]["TextDifferenceAnswer"][];
            /** @description null if it is the same. */
            summary: components["schemas"]["TextDifferenceAnswer"] | null;
            /**
             * Messages
             * @description How many messages a search could find, before and after.
             */
            messages: number[];
            /**
             * Taken Back
             * @description How many entries of the first state are not in the second one.
             */
            taken_back: number;
        };
        /**
         * DocumentKindAnswer
         * @description A kind of document that can be loaded.
         */
        DocumentKindAnswer: {
            /** Kind */
            kind: string;
            /** Suffixes */
            suffixes: string[];
        };
        /**
         * DocumentKindsAnswer
         * @description What can be loaded. Other files are read as text if they are text.
         */
        DocumentKindsAnswer: {
            /** Kinds */
            kinds: components["schemas"]["DocumentKindAnswer"][];
            /**
             * Unreadable
             * @description Suffixes of what cannot be read, each with what it is and what to do.
             */
            unreadable: {
                [key: string]: string;
            };
            /**
             * Upload Bytes
             * @description The most bytes of a request that uploads a file; null where there is no such limit.
             */
            upload_bytes: number | null;
            /**
             * Fetched Bytes
             * @description The most bytes of what is fetched from an address.
             */
            fetched_bytes: number;
        };
        /**
         * EditableBlock
         * @description A block with its revision, which is also its ETag.
         */
        EditableBlock: {
            /** Label */
            label: string;
            /** Value */
            value: string;
            /**
             * Limit
             * @description The most characters that `value` may have.
             */
            limit: number;
            /** Description */
            description: string;
            /**
             * Read Only
             * @description Whether the agent may only read it.
             */
            read_only: boolean;
            /**
             * Shared
             * @description Whether other agents of the user have the same text.
             */
            shared: boolean;
            /**
             * Revision
             * @description For `If-Match`: it is another one after each change.
             */
            revision: string;
        };
        /**
         * Emptied
         * @description What was deleted.
         */
        Emptied: {
            /** Passages */
            passages: number;
        };
        /**
         * EntryAnswer
         * @description One entry of a log.
         */
        EntryAnswer: {
            /**
             * Seq
             * @description Its number; they have no gaps.
             */
            seq: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /**
             * Kind
             * @description What it is: words of others (`message`), a `step` of the model, words of the agent outside of its turns
             *     (`spoken`), the `result` of a call, an event, an `edit` of a block, a `change` of the past, or an empty
             *     place.
             * @enum {string}
             */
            kind: "message" | "step" | "spoken" | "result" | "heartbeat" | "alert" | "login" | "edit" | "change" | "removed" | "imported";
            /**
             * Role
             * @enum {string}
             */
            role: "system" | "user" | "assistant" | "tool";
            /**
             * Name
             * @description Who spoke, which tool returned, or which block was edited; null for the agent itself.
             */
            name: string | null;
            /**
             * Text
             * @description The words; of a step, the thought.
             */
            text: string;
            /**
             * Spoken
             * @description The words that others could hear; null if there are none.
             */
            spoken: string | null;
            /** Calls */
            calls: components["schemas"]["CallAnswer"][];
            /**
             * Answers
             * @description The id of the call whose result this is.
             */
            answers: string | null;
            /**
             * Ok
             * @description Whether that call succeeded.
             */
            ok: boolean;
            /**
             * Undone
             * @description Whether it was taken back: it is in no prompt, count or search.
             */
            undone: boolean;
            /**
             * Extra
             * @description More about it, such as the texts before and after an edit.
             */
            extra: {
                [key: string]: unknown;
            };
        };
        /**
         * EventAnswer
         * @description An event of a run.
         */
        EventAnswer: {
            /** Number */
            number: number;
            /** Kind */
            kind: string;
            /** Data */
            data: {
                [key: string]: unknown;
            };
        };
        /**
         * EventsAnswer
         * @description Events of a run after a number.
         */
        EventsAnswer: {
            /** Items */
            items: components["schemas"]["EventAnswer"][];
            /**
             * State
             * @description The state of the run before they were read. After `ended`, `failed` and `cancelled` none follow.
             * @enum {string}
             */
            state: "queued" | "running" | "suspended" | "ended" | "failed" | "cancelled";
        };
        /**
         * EvictionAnswer
         * @description What left the prompt, and the summary that stands for it.
         */
        EvictionAnswer: {
            /**
             * Number
             * @description Counts from 1.
             */
            number: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /**
             * At Seq
             * @description The newest entry of the log at that time.
             */
            at_seq: number;
            /**
             * After Seq
             * @description The entries that were folded into the summary come after this one.
             */
            after_seq: number;
            /**
             * Through Seq
             * @description The newest entry that left the prompt.
             */
            through_seq: number;
            /**
             * Cause
             * @description The prompt was too large, somebody asked for it, or something was forgotten; null if it is not known.
             *
             *     It is not known for what an older version evicted, and for an agent that was imported.
             */
            cause: ("pressure" | "compact" | "forget") | null;
            /**
             * Messages
             * @description How many messages left; 0 where only the summary was written again.
             */
            messages: number | null;
            /**
             * Prompt Tokens
             * @description The size of the prompt before.
             */
            prompt_tokens: number | null;
            /**
             * Limit Tokens
             * @description No larger prompt was sent at that time.
             */
            limit_tokens: number | null;
            /**
             * Source
             * @description Who wrote the summary: the model, or the rules that stand in for it.
             * @enum {string}
             */
            source: "model" | "extract";
            /**
             * Before
             * @description The summary before it.
             */
            before: string | null;
            /** Summary */
            summary: string;
        };
        /**
         * ExclusionAnswer
         * @description A condition that excludes results.
         */
        ExclusionAnswer: {
            /**
             * Condition
             * @description `all`: no condition alone excludes something, and all of them together do.
             * @enum {string}
             */
            condition: "tiers" | "speaker" | "role" | "dates" | "tags" | "sources" | "all";
            /**
             * Found
             * @description How many results there are without it, up to the limit.
             */
            found: number;
        };
        /**
         * ExpectedAnswer
         * @description What a search is expected to find.
         */
        ExpectedAnswer: {
            /**
             * Tier
             * @enum {string}
             */
            tier: "core" | "recall" | "archival";
            /** Id */
            id: string;
            /**
             * Text
             * @description What it says now; null if it was deleted.
             */
            text: string | null;
        };
        /**
         * ExpectedHit
         * @description What a search is expected to find, as one of its results names it.
         */
        ExpectedHit: {
            /**
             * Tier
             * @enum {string}
             */
            tier: "core" | "recall" | "archival";
            /**
             * Id
             * @description For core memory, the label counts, and not the line.
             */
            id: string;
        };
        /**
         * ForgetAnswer
         * @description What was deleted, or would be, in numbers. Only `texts`, which a dry run can ask for, has words.
         */
        ForgetAnswer: {
            /** Dry Run */
            dry_run: boolean;
            /** Messages */
            messages: number;
            /** Entries */
            entries: number;
            /** Speakers */
            speakers: {
                [key: string]: number;
            };
            /** First */
            first: string | null;
            /** Last */
            last: string | null;
            /**
             * Redacted
             * @description How many other entries of the log lost a quote of it, by kind.
             */
            redacted: {
                [key: string]: number;
            };
            /** Summaries */
            summaries: number;
            /**
             * Runs
             * @description Runs and jobs of a server that lost inputs, events or results.
             * @default 0
             */
            runs: number;
            /**
             * Acts Changed
             * @description Entries of the audit that lost the words.
             * @default 0
             */
            acts_changed: number;
            /**
             * Paths Changed
             * @description Documents that stay and whose path lost the words.
             * @default 0
             */
            paths_changed: number;
            /**
             * Paths Left
             * @description Documents whose path still contains the words.
             * @default 0
             */
            paths_left: number;
            /** Passages */
            passages: number;
            /** Passages Left */
            passages_left: number;
            /** Blocks Changed */
            blocks_changed: string[];
            /**
             * Blocks Left
             * @description Blocks that still contain some of it.
             */
            blocks_left: string[];
            /** Alike Left */
            alike_left: {
                [key: string]: number;
            };
            /** Archives Left */
            archives_left: {
                [key: string]: number;
            };
            /**
             * Names Left
             * @description How many names that contain it stay, by kind.
             */
            names_left: {
                [key: string]: number;
            };
            /**
             * Heard By
             * @description Other agents of the user that have some of it, and in how many places.
             */
            heard_by: {
                [key: string]: number;
            };
            /** Forks */
            forks: string[];
            /**
             * Known Names
             * @description The speakers or sources that there are, if none has the name that was asked for.
             */
            known_names: string[] | null;
            /**
             * Texts
             * @description For a dry run: the first texts that would be deleted or lose words.
             */
            texts?: components["schemas"]["LostTextAnswer"][];
            /**
             * Scrubbed
             * @description Whether the storage was cleaned too, so that the words are nowhere in its files.
             */
            scrubbed: boolean;
        };
        /**
         * ForgetBody
         * @description What to forget: everything that matches all of the conditions that are given.
         */
        ForgetBody: {
            /** Speaker */
            speaker?: string | null;
            /** Source */
            source?: string | null;
            /** Start */
            start?: string | null;
            /** End */
            end?: string | null;
            /**
             * Query
             * @description Exactly these words, as whole words.
             */
            query?: string | null;
            /**
             * Blocks
             * @description Whether blocks lose the sentences that contain some of it; by default only with `query`.
             */
            blocks?: boolean | null;
            /**
             * Shared
             * @description Whether shared blocks and a shared archive lose it too.
             * @default false
             */
            shared: boolean;
            /**
             * Alike
             * @description Whether what is only alike, such as Jose for José, is deleted too.
             * @default false
             */
            alike: boolean;
            /**
             * Dry Run
             * @description Whether this only reports what would be deleted.
             * @default false
             */
            dry_run: boolean;
            /**
             * Texts
             * @description How many of the texts the report of a dry run has; the words are those that are to be forgotten.
             * @default 0
             */
            texts: number;
        };
        /**
         * ForkAnswer
         * @description An agent whose log begins as another one's.
         */
        ForkAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Messages
             * @description The messages that anyone said and that were not undone.
             */
            messages: number;
            /**
             * Active At
             * @description The time of the newest entry of its log; null before anything happened.
             */
            active_at: string | null;
            /**
             * Relation
             * @description What it is: a `fork` of that agent, its `origin`, a `sibling` with the same origin, or a `copy`.
             * @enum {string}
             */
            relation: "fork" | "origin" | "sibling" | "copy";
            /**
             * Common Seq
             * @description The newest entry that both logs have.
             */
            common_seq: number;
        };
        /**
         * ForkRequest
         * @description A new agent that begins with another one's memory.
         */
        ForkRequest: {
            /**
             * Name
             * @example sam
             */
            name: string;
            /**
             * At
             * @description The entry of the log that is the newest one of the fork; null is all.
             */
            at?: number | null;
        };
        /**
         * FoundBackend
         * @description A server of models on the machine, or a service with a key in the environment.
         */
        FoundBackend: {
            /** Kind */
            kind: string;
            /**
             * Address
             * @description For the admin only.
             */
            address: string | null;
            /** Models */
            models: string[];
            /** Embedding Models */
            embedding_models: string[];
            /**
             * Loading
             * @description Whether it is still loading its model.
             */
            loading: boolean;
            /**
             * Has Key
             * @description Whether the environment has a key for it.
             */
            has_key: boolean;
        };
        /**
         * GrantAnswer
         * @description What one user may do with a thing of another.
         */
        GrantAnswer: {
            /**
             * What
             * @enum {string}
             */
            what: "block" | "archive";
            /** Id */
            id: string;
            /**
             * Name
             * @description The block's label, or the archive's name.
             */
            name: string;
            /**
             * User
             * @description Who may use it.
             */
            user: string;
            /**
             * May
             * @enum {string}
             */
            may: "read" | "write";
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * GrantsAnswer
         * @description What the user lets others use, and what others let the user use.
         */
        GrantsAnswer: {
            /** Given */
            given: components["schemas"]["GrantAnswer"][];
            /** Received */
            received: components["schemas"]["GrantAnswer"][];
        };
        /**
         * GroupAnswer
         * @description A group chat of AutoGen in which agents of yours take part.
         */
        GroupAnswer: {
            /**
             * Id
             * @description It stays the same when the program with the group is started again.
             */
            id: string;
            /**
             * Name
             * @description The name of the group's manager; null before an agent of yours has heard anything.
             */
            name: string | null;
            /**
             * Members
             * @description As of the newest message.
             */
            members: components["schemas"]["MemberAnswer"][];
            /**
             * State
             * @description `going_on`; `quiet`, if nothing was said for 10 minutes and no end is known; `ended`; or `lost`, if its
             *     process is gone without an end of the chat.
             * @enum {string}
             */
            state: "going_on" | "quiet" | "ended" | "lost";
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Ended At */
            ended_at: string | null;
            /** Last Message At */
            last_message_at: string | null;
            /**
             * Last Number
             * @description The number of the newest message; 0 before there is one.
             */
            last_number: number;
        };
        /**
         * GroupMessageAnswer
         * @description What a participant said, once, whoever has heard it.
         */
        GroupMessageAnswer: {
            /**
             * Number
             * @description Its number in the group. Later messages have larger numbers, with gaps.
             */
            number: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /** Speaker */
            speaker: string;
            /**
             * Agent Id
             * @description The agent of yours that said it.
             */
            agent_id: string | null;
            /**
             * Text
             * @description As the others heard it; as its speaker said it, if no other agent of yours heard it.
             */
            text: string;
            /**
             * Said At
             * @description The entries of the speaker's log in which it said this, for an agent of yours.
             */
            said_at: number[];
            /**
             * Heard By
             * @description The agents of yours that heard it.
             */
            heard_by: components["schemas"]["HeardByAnswer"][];
        };
        /**
         * GroupMessagesAnswer
         * @description Messages of a group after a number, or before one, in order.
         */
        GroupMessagesAnswer: {
            /** Items */
            items: components["schemas"]["GroupMessageAnswer"][];
            /**
             * Next
             * @description `after`, or `before`, of the next page; null if there are no more messages now.
             */
            next: number | null;
        };
        /**
         * HeadingAnswer
         * @description Where a heading, or a page without one, begins in a document.
         */
        HeadingAnswer: {
            /**
             * First
             * @description The number of its first passage.
             */
            first: number;
            /** Page */
            page: number | null;
            /** Heading */
            heading: string | null;
        };
        /**
         * Health
         * @description The server answers.
         */
        Health: {
            /**
             * Status
             * @constant
             */
            status: "ok";
            /** Version */
            version: string;
        };
        /**
         * HeardByAnswer
         * @description Where an agent has a message in its log.
         */
        HeardByAnswer: {
            /** Agent Id */
            agent_id: string;
            /**
             * Seq
             * @description The number of the entry in the agent's log.
             */
            seq: number;
        };
        /**
         * HistoryAnswer
         * @description A page of the changes of memory.
         */
        HistoryAnswer: {
            /** Items */
            items: components["schemas"]["ChangeAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
            /**
             * Standing
             * @description The numbers of all changes that `undo` can take back, the next one first.
             */
            standing: number[];
            /**
             * Undone
             * @description The numbers of all changes that `redo` can do again, the next one first.
             */
            undone?: number[];
        };
        /**
         * HitAnswer
         * @description Something that was found.
         */
        HitAnswer: {
            /**
             * Tier
             * @enum {string}
             */
            tier: "core" | "recall" | "archival";
            /**
             * Id
             * @description The number of the entry, the id of the passage, or the label and the line of the block.
             */
            id: string;
            /**
             * Text
             * @description Of a long message, the part that matches best.
             */
            text: string;
            /** Tokens */
            tokens: number;
            /**
             * Score
             * @description Of the fused order; larger is better.
             */
            score: number;
            /** Time */
            time: string | null;
            /**
             * Seq
             * @description The entry of the log, for recall.
             */
            seq: number | null;
            /**
             * Speaker
             * @description Who said it, for recall.
             */
            speaker: string | null;
            /**
             * Label
             * @description The block, for core memory.
             */
            label: string | null;
            /** @description The passage, for archival memory. */
            passage: components["schemas"]["PassageAnswer"] | null;
            /**
             * Archive
             * @description The shared archive that it is in; null for the agent's own.
             */
            archive: string | null;
            /**
             * Newest
             * @description What replaces the passage now: the newest of its chain; several if it was replaced by several.
             */
            newest: components["schemas"]["PassageAnswer"][];
            /**
             * Why
             * @description One reason for each query that found it, with `explain`.
             */
            why: components["schemas"]["ReasonAnswer"][] | null;
            /**
             * Forms
             * @description Words of the text that a query has too, as the text writes them, with `explain`.
             */
            forms: string[] | null;
        };
        /**
         * HomeToolAnswer
         * @description A function that every agent of the home has.
         */
        HomeToolAnswer: {
            /** Name */
            name: string;
            /** Description */
            description: string;
            /**
             * Parameters
             * @description A JSON schema.
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * Origin
             * @description Where it comes from: this package, the operator of the server, or an MCP server.
             * @enum {string}
             */
            origin: "built_in" | "operator" | "mcp";
            /**
             * Server
             * @description The name of the MCP server that has it.
             */
            server?: string | null;
            /**
             * Approval
             * @description Whether somebody must allow a call first; `sometimes` depends on the arguments.
             * @enum {string}
             */
            approval: "never" | "sometimes" | "always";
        };
        /**
         * JobAnswer
         * @description Work of the server, and how far it is.
         */
        JobAnswer: {
            /** Id */
            id: string;
            /**
             * Kind
             * @description `load` loads a document.
             */
            kind: string;
            /** Agent Id */
            agent_id: string | null;
            /**
             * What
             * @description The name of the document.
             */
            what: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "ended" | "failed";
            /**
             * Done
             * @description How many bytes of `total` are loaded; without a `total`, how many passages.
             */
            done: number;
            /** Total */
            total: number | null;
            /** @description null until it has ended. */
            result: components["schemas"]["LoadedAnswer"] | null;
            /**
             * Error
             * @description Why it failed, and what to do.
             */
            error: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Ended At */
            ended_at: string | null;
        };
        /**
         * KeyAnswer
         * @description What is stored of a key; its text is not.
         */
        KeyAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Shown
             * @description The first 8 and the last 4 characters, to tell it from others.
             */
            shown: string;
            /** Scopes */
            scopes: ("read" | "talk" | "write" | "speak-for" | "admin")[];
            /**
             * Agents
             * @description The ids of the only agents that it may use; null is all of the user.
             */
            agents: string[] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /**
             * Used At
             * @description When it was last used, to the minute.
             */
            used_at: string | null;
            /** Revoked At */
            revoked_at: string | null;
            /**
             * Is Session
             * @description Whether it is the session of a browser, which is no key for programs and ends by itself.
             * @default false
             */
            is_session: boolean;
            clients: components["schemas"]["ClientsAnswer"];
        };
        /**
         * LastWordsAnswer
         * @description What was said last to an agent or by it.
         */
        LastWordsAnswer: {
            /**
             * Text
             * @description At most the first 240 characters.
             */
            text: string;
            /**
             * Speaker
             * @description Who said it; null for the agent itself.
             */
            speaker: string | null;
            /**
             * Time
             * Format: date-time
             */
            time: string;
        };
        /**
         * LimitsAnswer
         * @description How much may be used; null limits nothing. A day is the last 24 hours.
         */
        LimitsAnswer: {
            /** Turns At Once */
            turns_at_once: number | null;
            /** Turns A Day */
            turns_a_day: number | null;
            /** Tokens A Day */
            tokens_a_day: number | null;
            /** Cost A Day */
            cost_a_day: number | null;
            used: components["schemas"]["UsedAnswer"];
        };
        /**
         * LimitsBody
         * @description How much may be used; null limits nothing. A day is the last 24 hours.
         */
        LimitsBody: {
            /** Turns At Once */
            turns_at_once?: number | null;
            /** Turns A Day */
            turns_a_day?: number | null;
            /** Tokens A Day */
            tokens_a_day?: number | null;
            /**
             * Cost A Day
             * @description In the currency of the setting `price`.
             */
            cost_a_day?: number | null;
        };
        /**
         * LoadedAnswer
         * @description What a load did.
         */
        LoadedAnswer: {
            /** Came */
            came?: string[];
            /** Changed */
            changed?: string[];
            /** Unchanged */
            unchanged?: string[];
            /**
             * Passages
             * @default 0
             */
            passages: number;
            /**
             * Notes
             * @description What was left out, or is not sure.
             */
            notes?: string[];
        };
        /**
         * LoginCode
         * @description What the link has that the start of a server prints.
         */
        LoginCode: {
            /**
             * Code
             * @description It is valid once, for 10 minutes.
             */
            code: string;
        };
        /**
         * LostTextAnswer
         * @description A text that would be deleted, or that would lose some of its words.
         */
        LostTextAnswer: {
            /**
             * What
             * @enum {string}
             */
            what: "message" | "entry" | "passage" | "block";
            /**
             * Name
             * @description Who said it, the source of a passage, or the label of a block.
             */
            name: string | null;
            /** Time */
            time: string | null;
            /** Before */
            before: string;
            /**
             * After
             * @description What is left of it; null if it is deleted.
             */
            after: string | null;
        };
        /**
         * McpServerAnswer
         * @description An MCP server, without any secret.
         */
        McpServerAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Command */
            command: string[] | null;
            /** Url */
            url: string | null;
            /** Sse */
            sse: boolean;
            /**
             * Env
             * @description Which variables the program gets, and from which variables of the server's environment.
             */
            env: {
                [key: string]: string;
            };
            /** Headers */
            headers: {
                [key: string]: string;
            };
            /** Only */
            only: string[] | null;
            /**
             * User
             * @description The name of the user whose agents get its tools; null for all.
             */
            user: string | null;
            /**
             * Agents
             * @description The ids of the agents that get its tools, where these are not all.
             */
            agents: string[] | null;
            /** Approval */
            approval: boolean;
            /**
             * Tools
             * @description The tools that were found there, by the server's names.
             */
            tools: string[];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Checked At
             * @description When the tools were found; null if it was added without a check.
             */
            checked_at: string | null;
        };
        /**
         * Me
         * @description Who the caller is, and what the caller may do.
         */
        Me: {
            user: components["schemas"]["UserAnswer"];
            /** Scopes */
            scopes: ("read" | "talk" | "write" | "speak-for" | "admin")[];
            /**
             * Key
             * @description The id of the key; null for the admin password.
             */
            key: string | null;
            /**
             * Agents
             * @description The ids of the only agents that the key may use; null is all of the user.
             */
            agents: string[] | null;
        };
        /**
         * MemberAnswer
         * @description A participant of a group.
         */
        MemberAnswer: {
            /** Name */
            name: string;
            /**
             * Agent Id
             * @description The agent of yours; null for participants that are not yours, or not of this home.
             */
            agent_id: string | null;
        };
        /**
         * ModelsAnswer
         * @description The model that turns use, and what else was found.
         */
        ModelsAnswer: {
            /**
             * Model
             * @description `offline` are the built-in rules.
             */
            model: string;
            /**
             * Window Tokens
             * @description The window of the settings; null where the endpoint or the model's name decides.
             */
            window_tokens: number | null;
            /** Embedding Model */
            embedding_model: string | null;
            /** Found */
            found: components["schemas"]["FoundBackend"][];
        };
        /**
         * NewAgent
         * @description A new agent. `persona` and `human` are the first texts of the two blocks that each agent has.
         */
        NewAgent: {
            /**
             * Name
             * @example sam
             */
            name: string;
            /** Persona */
            persona?: string | null;
            /** Human */
            human?: string | null;
            /** Blocks */
            blocks?: components["schemas"]["NewBlock"][];
            /**
             * Archive
             * @description A shared archive that it reads besides its own; it is created where there is none.
             */
            archive?: string | null;
        };
        /**
         * NewBlock
         * @description A block of a new agent.
         */
        NewBlock: {
            /** Label */
            label: string;
            /**
             * Value
             * @default
             */
            value: string;
            /**
             * Limit
             * @default 2000
             */
            limit: number;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Read Only
             * @default false
             */
            read_only: boolean;
            /**
             * Shared
             * @default false
             */
            shared: boolean;
        };
        /**
         * NewKeyAnswer
         * @description A key that was made.
         */
        NewKeyAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Shown
             * @description The first 8 and the last 4 characters, to tell it from others.
             */
            shown: string;
            /** Scopes */
            scopes: ("read" | "talk" | "write" | "speak-for" | "admin")[];
            /**
             * Agents
             * @description The ids of the only agents that it may use; null is all of the user.
             */
            agents: string[] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /**
             * Used At
             * @description When it was last used, to the minute.
             */
            used_at: string | null;
            /** Revoked At */
            revoked_at: string | null;
            /**
             * Is Session
             * @description Whether it is the session of a browser, which is no key for programs and ends by itself.
             * @default false
             */
            is_session: boolean;
            clients: components["schemas"]["ClientsAnswer"];
            /**
             * Key
             * @description The key itself. It is shown this once and stored nowhere.
             */
            key: string;
        };
        /**
         * NewKeyBody
         * @description A new key. It may do no more than the key that makes it.
         */
        NewKeyBody: {
            /** Name */
            name: string;
            /**
             * Scopes
             * @default [
             *       "read",
             *       "talk",
             *       "write"
             *     ]
             */
            scopes: ("read" | "talk" | "write" | "speak-for" | "admin")[];
            /**
             * Agents
             * @description The names or ids of the only agents that it may use; null is all of the user.
             */
            agents?: string[] | null;
            /**
             * Expires At
             * @description Until when it is accepted, with the zone. It ends no later than the key that makes it.
             */
            expires_at?: string | null;
            /**
             * Chats
             * @description For clients of OpenAI's API: `one` log for all chats of an agent, or a `fork` of it for each.
             */
            chats?: ("one" | "fork") | null;
            /**
             * Instructions
             * @description For these clients: whether their system texts are instructions for the turn, or ignored.
             */
            instructions?: boolean | null;
            /**
             * Thoughts
             * @description For these clients: whether they are shown thoughts without asking for them.
             */
            thoughts?: boolean | null;
        };
        /**
         * NewMcpServer
         * @description An MCP server: a program that is started, or an address. It replaces the one of the same name.
         *
         *     Secrets stand in the server's environment, in variables whose names begin with `MCP_`. They are named as
         *     `${MCP_TOKEN}`, here and in commands and addresses.
         */
        NewMcpServer: {
            /**
             * Name
             * @description Letters and digits, with single `_` or `-` between them. Its tools are called `NAME__TOOL`.
             */
            name: string;
            /**
             * Command
             * @description A program with its arguments. It is started as the server's own user.
             */
            command?: string[] | null;
            /**
             * Url
             * @description An address, which may be in a private network.
             */
            url?: string | null;
            /**
             * Sse
             * @description Whether it speaks the older transport, instead of streamable HTTP.
             * @default false
             */
            sse: boolean;
            /**
             * Env
             * @description What a program has in its environment besides PATH and the like, such as `${MCP_TOKEN}`.
             */
            env?: {
                [key: string]: string;
            };
            /**
             * Headers
             * @description Headers of requests to an address, such as `Bearer ${MCP_TOKEN}`.
             */
            headers?: {
                [key: string]: string;
            };
            /**
             * Only
             * @description Which of its tools are wanted, by the server's names; all by default.
             */
            only?: string[] | null;
            /**
             * User
             * @description The user, by name or id, whose agents get its tools; those of all users by default.
             */
            user?: string | null;
            /**
             * Agents
             * @description The agents that get its tools, by names or ids: those of `user`, or of the home itself.
             */
            agents?: string[] | null;
            /**
             * Approval
             * @description Whether somebody must allow each call of its tools.
             * @default false
             */
            approval: boolean;
        };
        /**
         * NewPassage
         * @description A text to store. A long one becomes several passages.
         */
        NewPassage: {
            /** Text */
            text: string;
            /** Tags */
            tags?: string[];
            /** Source */
            source?: string | null;
            /**
             * Created At
             * @description Its time; now by default.
             */
            created_at?: string | null;
            /**
             * Replaces
             * @description The ids of passages of the same archive that it makes outdated. They stay, and are marked.
             */
            replaces?: string[];
        };
        /**
         * NewPassages
         * @description The passages of a text.
         */
        NewPassages: {
            /** Items */
            items: components["schemas"]["PassageAnswer"][];
        };
        /**
         * NewRunBody
         * @description A turn that is asked for.
         */
        NewRunBody: {
            /**
             * Input
             * @description What is said: a text, or messages in order. Only `say` has one.
             * @default
             */
            input: string | components["schemas"]["SaidBody"][];
            /**
             * Speaker
             * @description Who says it; by default the user.
             */
            speaker?: string | null;
            /**
             * Chat
             * @description The name of the group chat in which it is said.
             */
            chat?: string | null;
            /**
             * Act
             * @description `say`, or why the agent acts without words: `login`, `heartbeat`, or `retry` of its last turn.
             * @default say
             * @enum {string}
             */
            act: "say" | "login" | "heartbeat" | "retry";
            /**
             * Tools
             * @description Functions in the chat API's form. The run is suspended when the agent calls one.
             */
            tools?: {
                [key: string]: unknown;
            }[];
            /**
             * Result Seconds
             * @description How long a suspended run waits for results and approvals; an hour by default, a week at most.
             */
            result_seconds?: number | null;
            /**
             * Instructions
             * @default
             */
            instructions: string;
            /**
             * Stream
             * @description Answer with the stream of the run's events.
             * @default false
             */
            stream: boolean;
            /**
             * Background
             * @description Answer when the run is accepted (202); false waits until it has ended or is suspended.
             * @default true
             */
            background: boolean;
            /**
             * If Busy
             * @description Where the agent is busy: wait, be refused (409), or cancel what runs and be the next.
             * @default enqueue
             * @enum {string}
             */
            if_busy: "enqueue" | "reject" | "interrupt";
            /**
             * On Disconnect
             * @description Whether the end of the stream's connection cancels the run.
             * @default continue
             * @enum {string}
             */
            on_disconnect: "continue" | "cancel";
        };
        /**
         * NewSavedSearch
         * @description A search, and what it is expected to find.
         */
        NewSavedSearch: {
            search: components["schemas"]["SearchBody"];
            expected: components["schemas"]["ExpectedHit"];
            /**
             * Within
             * @description It passes if what is expected is among so many of the first results.
             * @default 5
             */
            within: number;
        };
        /**
         * NewSharedBlock
         * @description A shared block that no agent has yet. Agents get it by its label.
         */
        NewSharedBlock: {
            /** Label */
            label: string;
            /**
             * Value
             * @default
             */
            value: string;
            /**
             * Limit
             * @default 2000
             */
            limit: number;
            /**
             * Description
             * @default
             */
            description: string;
        };
        /**
         * NewText
         * @description A text in place of another one.
         */
        NewText: {
            /** Text */
            text: string;
        };
        /**
         * NewUser
         * @description A new user.
         */
        NewUser: {
            /** Name */
            name: string;
            /**
             * Role
             * @description Only an admin can have keys with the scope `admin`.
             * @default user
             * @enum {string}
             */
            role: "admin" | "user";
        };
        /**
         * OverviewAnswer
         * @description What a list tells of an agent.
         */
        OverviewAnswer: {
            /**
             * Persona
             * @description At most the first 240 characters.
             */
            persona: string;
            /**
             * Human
             * @description At most the first 240 characters.
             */
            human: string;
            /** @description null before anything was said. */
            last_words: components["schemas"]["LastWordsAnswer"] | null;
            /**
             * Tokens Today
             * @description What its runs used in the last 24 hours.
             */
            tokens_today: number;
            activity: components["schemas"]["ActivityAnswer"];
        };
        /** PageOf[ActAnswer] */
        PageOf_ActAnswer_: {
            /** Items */
            items: components["schemas"]["ActAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[ActiveAgentAnswer] */
        PageOf_ActiveAgentAnswer_: {
            /** Items */
            items: components["schemas"]["ActiveAgentAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[AgentAnswer] */
        PageOf_AgentAnswer_: {
            /** Items */
            items: components["schemas"]["AgentAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[ArchiveAnswer] */
        PageOf_ArchiveAnswer_: {
            /** Items */
            items: components["schemas"]["ArchiveAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[ChangeAnswer] */
        PageOf_ChangeAnswer_: {
            /** Items */
            items: components["schemas"]["ChangeAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[EditableBlock] */
        PageOf_EditableBlock_: {
            /** Items */
            items: components["schemas"]["EditableBlock"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[EntryAnswer] */
        PageOf_EntryAnswer_: {
            /** Items */
            items: components["schemas"]["EntryAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[EvictionAnswer] */
        PageOf_EvictionAnswer_: {
            /** Items */
            items: components["schemas"]["EvictionAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[ForkAnswer] */
        PageOf_ForkAnswer_: {
            /** Items */
            items: components["schemas"]["ForkAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[GroupAnswer] */
        PageOf_GroupAnswer_: {
            /** Items */
            items: components["schemas"]["GroupAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[HeadingAnswer] */
        PageOf_HeadingAnswer_: {
            /** Items */
            items: components["schemas"]["HeadingAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[HomeToolAnswer] */
        PageOf_HomeToolAnswer_: {
            /** Items */
            items: components["schemas"]["HomeToolAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[JobAnswer] */
        PageOf_JobAnswer_: {
            /** Items */
            items: components["schemas"]["JobAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[KeyAnswer] */
        PageOf_KeyAnswer_: {
            /** Items */
            items: components["schemas"]["KeyAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[McpServerAnswer] */
        PageOf_McpServerAnswer_: {
            /** Items */
            items: components["schemas"]["McpServerAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[PassageAnswer] */
        PageOf_PassageAnswer_: {
            /** Items */
            items: components["schemas"]["PassageAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[RunAnswer] */
        PageOf_RunAnswer_: {
            /** Items */
            items: components["schemas"]["RunAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[SavedSearchAnswer] */
        PageOf_SavedSearchAnswer_: {
            /** Items */
            items: components["schemas"]["SavedSearchAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[SharedBlockAnswer] */
        PageOf_SharedBlockAnswer_: {
            /** Items */
            items: components["schemas"]["SharedBlockAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[SourceAnswer] */
        PageOf_SourceAnswer_: {
            /** Items */
            items: components["schemas"]["SourceAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[TemplateAnswer] */
        PageOf_TemplateAnswer_: {
            /** Items */
            items: components["schemas"]["TemplateAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[UsageAnswer] */
        PageOf_UsageAnswer_: {
            /** Items */
            items: components["schemas"]["UsageAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[UseAnswer] */
        PageOf_UseAnswer_: {
            /** Items */
            items: components["schemas"]["UseAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /** PageOf[UserAnswer] */
        PageOf_UserAnswer_: {
            /** Items */
            items: components["schemas"]["UserAnswer"][];
            /**
             * Next
             * @description The cursor of the next page; null at the end.
             */
            next: string | null;
        };
        /**
         * PartState
         * @description How one part of the server is.
         */
        PartState: {
            /**
             * Name
             * @enum {string}
             */
            name: "database" | "index" | "model";
            /** Ok */
            ok: boolean;
            /**
             * Detail
             * @description In words, without addresses.
             */
            detail: string;
        };
        /**
         * PassageAnswer
         * @description A text in an archive: a whole one, or a part of a long one.
         */
        PassageAnswer: {
            /** Id */
            id: string;
            /** Text */
            text: string;
            /** Tags */
            tags: string[];
            /** Source */
            source: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Parent
             * @description The id of the whole text.
             */
            parent: string;
            /**
             * Part
             * @description Counts from 1.
             */
            part: number;
            /** Parts */
            parts: number;
            /**
             * Superseded By
             * @description Since when another passage replaces it; null if none does.
             */
            superseded_by: string | null;
            /**
             * Replaces
             * @description The ids of the passages that it was inserted to replace.
             */
            replaces: string[];
            /**
             * Replaced By
             * @description The ids of the passages that were inserted to replace it.
             */
            replaced_by: string[];
            /**
             * Page
             * @description The page of the document.
             */
            page: number | null;
            /** Heading */
            heading: string | null;
            /**
             * Number
             * @description Its number in the document, from 1; null for a text that was inserted.
             */
            number: number | null;
            /**
             * Revision
             * @description For `If-Match`: it is another one after each change.
             */
            revision: string;
        };
        /**
         * PassageChange
         * @description What changes of a passage.
         */
        PassageChange: {
            /**
             * Text
             * @description With another text it is another passage, with another id, of the same time.
             */
            text?: string | null;
            /**
             * Source
             * @description Another source makes it another passage too; an empty one is none.
             */
            source?: string | null;
            /**
             * Tags
             * @description All tags that it has then.
             */
            tags?: string[] | null;
            /**
             * Superseded
             * @description Whether it is marked as no longer true.
             */
            superseded?: boolean | null;
        };
        /**
         * PassageVersions
         * @description A passage with all that it replaces and all that replaces it.
         */
        PassageVersions: {
            /**
             * Items
             * @description Oldest first.
             */
            items: components["schemas"]["PassageAnswer"][];
            /**
             * Dependents
             * @description Passages that may be outdated since this one was replaced, at most five: a hint from their words.
             */
            dependents: components["schemas"]["PassageAnswer"][];
        };
        /**
         * Permission
         * @description What the other user may do.
         */
        Permission: {
            /**
             * May
             * @description An archive of another user can only be read.
             * @default read
             * @enum {string}
             */
            may: "read" | "write";
        };
        /**
         * PlannedAnswer
         * @description What is done, or would be, with one thing or one field of it.
         */
        PlannedAnswer: {
            /**
             * What
             * @enum {string}
             */
            what: "persona" | "human" | "block" | "archive" | "agent" | "limits" | "source";
            /**
             * Agent
             * @description The agent whose block, archive, limits or document it is; null for what is shared.
             */
            agent: string | null;
            /** Name */
            name: string;
            /**
             * Action
             * @description `keep`: as it should be, or left alone (`why`).
             *
             *     `conflict`: left alone, since the agent has edited it. `check`: a document is read again if it changed.
             * @enum {string}
             */
            action: "create" | "change" | "remove" | "keep" | "check" | "conflict" | "failed";
            /** Field */
            field: string | null;
            /** Before */
            before: string | null;
            /** After */
            after: string | null;
            /** Why */
            why: string | null;
        };
        /**
         * PoppedAnswer
         * @description The messages that were taken back, oldest first.
         */
        PoppedAnswer: {
            /** Items */
            items: components["schemas"]["PoppedMessage"][];
        };
        /**
         * PoppedMessage
         * @description A message that was taken back.
         */
        PoppedMessage: {
            /**
             * Name
             * @description Who said it; null for the agent itself.
             */
            name: string | null;
            /** Text */
            text: string;
            /**
             * Time
             * Format: date-time
             */
            time: string;
        };
        /**
         * ReadArchive
         * @description An archive that an agent reads.
         */
        ReadArchive: {
            /** Id */
            id: string;
            /**
             * Name
             * @description null for the agent's own archive, which no other agent reads.
             */
            name: string | null;
            /**
             * Own
             * @description Whether the agent stores its passages there.
             */
            own: boolean;
            /**
             * Granted
             * @description Whether it belongs to another user.
             */
            granted: boolean;
            /**
             * Passages
             * @description null while it cannot be reached.
             */
            passages: number | null;
            /**
             * Documents
             * @description null while it cannot be reached.
             */
            documents: number | null;
            /**
             * Embedding Model
             * @description The model of its vectors; null without vectors, and while it cannot be reached.
             */
            embedding_model: string | null;
            /**
             * Pending
             * @description How many passages have no vector yet, and are found by their words only; null while it cannot be
             *     reached.
             */
            pending: number | null;
        };
        /**
         * ReadArchives
         * @description The archives that an agent reads.
         */
        ReadArchives: {
            /** Items */
            items: components["schemas"]["ReadArchive"][];
        };
        /**
         * Readiness
         * @description Whether the server can serve now.
         */
        Readiness: {
            /** Ready */
            ready: boolean;
            /** Parts */
            parts: components["schemas"]["PartState"][];
        };
        /**
         * ReasonAnswer
         * @description Why one query found something.
         */
        ReasonAnswer: {
            /** Query */
            query: string;
            /**
             * Rank
             * @description Its place among what this query found in this tier, from 1.
             */
            rank: number;
            /**
             * Score
             * @description Comparable within one query and one tier only.
             */
            score: number;
            /**
             * Words
             * @description Words of the query that it has.
             */
            words: string[];
            /**
             * Beside
             * @description Words of the query that are only in the turns around it.
             */
            beside: string[];
            /**
             * Speaker
             * @description Whether the query names who said it.
             */
            speaker: boolean;
            /**
             * Time
             * @description Whether the query names when it was said.
             */
            time: boolean;
            /**
             * Meaning
             * @description How close its meaning is to the query's (the cosine); null without an embedder.
             */
            meaning: number | null;
            /**
             * Lexical
             * @description Its score by words (BM25), where that is known.
             */
            lexical: number | null;
        };
        /**
         * RemovedAnswer
         * @description What was deleted with an agent, or would be.
         */
        RemovedAnswer: {
            /** Dry Run */
            dry_run: boolean;
            /** Name */
            name: string;
            /** Messages */
            messages: number;
            /** Passages */
            passages: number;
            /** Blocks */
            blocks: string[];
            /**
             * Left
             * @description The labels of shared blocks that other agents have too.
             */
            left: string[];
            /**
             * Heard By
             * @description Other agents of the user that heard it, and how many of its messages each has.
             */
            heard_by: {
                [key: string]: number;
            };
            /** Forks */
            forks: string[];
            /** Scrubbed */
            scrubbed: boolean;
        };
        /**
         * RemovedUserAnswer
         * @description A user who was deleted, or would be, and what went with the user.
         */
        RemovedUserAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "admin" | "user";
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Suspended At
             * @description Since when the user's keys are refused; null if they are not.
             */
            suspended_at: string | null;
            /** Agents */
            agents: number;
            /**
             * Keys
             * @description The keys that were not revoked, without sessions of browsers.
             */
            keys: number;
            /**
             * Messages
             * @description Of all the user's agents.
             */
            messages: number;
            /**
             * Passages
             * @description Of the agents, and of shared archives.
             */
            passages: number;
            /**
             * Archives
             * @description Shared archives.
             */
            archives: number;
            /** Dry Run */
            dry_run: boolean;
        };
        /**
         * ReplacedAnswer
         * @description A text that was replaced.
         */
        ReplacedAnswer: {
            /** Before */
            before: string;
            /** After */
            after: string;
        };
        /**
         * Replacement
         * @description A text in place of another one.
         */
        Replacement: {
            /**
             * Old
             * @description It is in the block exactly once.
             */
            old: string;
            /** New */
            new: string;
        };
        /**
         * ResultBody
         * @description The result of a call that the agent waits for.
         */
        ResultBody: {
            /** Text */
            text: string;
            /**
             * Ok
             * @description Whether the call succeeded.
             * @default true
             */
            ok: boolean;
        };
        /**
         * ResultsBody
         * @description What a suspended run waits for, by the id of the call, as the event `suspended` has it.
         */
        ResultsBody: {
            /**
             * Results
             * @description The results of calls that you run.
             */
            results?: {
                [key: string]: components["schemas"]["ResultBody"];
            };
            /**
             * Approvals
             * @description Calls that the agent may run, or must not.
             */
            approvals?: {
                [key: string]: components["schemas"]["ApprovalBody"];
            };
        };
        /**
         * RunAnswer
         * @description A run.
         */
        RunAnswer: {
            /** Id */
            id: string;
            /** Agent Id */
            agent_id: string;
            /**
             * Key Id
             * @description The key that asked for it; null for the admin password.
             */
            key_id?: string | null;
            /**
             * Act
             * @description `say`, or why the agent acted without words.
             * @default say
             * @enum {string}
             */
            act: "say" | "login" | "heartbeat" | "retry";
            /**
             * Heard Seq
             * @description The entry of the agent's log with the last thing that was said; null until the agent has heard it.
             */
            heard_seq?: number | null;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "suspended" | "ended" | "failed" | "cancelled";
            /**
             * Stop Reason
             * @description Why its turn ended, such as `yielded`, `suspended`, `cancelled` or a limit.
             */
            stop_reason: string | null;
            /**
             * Place
             * @description How many runs of the agent come before it.
             * @default 0
             */
            place: number;
            /**
             * Created
             * Format: date-time
             */
            created: string;
            /** Started */
            started: string | null;
            /** Ended */
            ended: string | null;
            /** Error */
            error: string | null;
            /** Steps */
            steps: number;
            /** Prompt Tokens */
            prompt_tokens: number;
            /** Completion Tokens */
            completion_tokens: number;
            /** Cost */
            cost: number | null;
            /**
             * Model
             * @description The model that it used last.
             */
            model?: string | null;
            /**
             * Expires At
             * @description Until when a suspended run waits.
             */
            expires_at?: string | null;
            /**
             * Waiting
             * @description What a suspended run waits for, where one run is read.
             */
            waiting?: components["schemas"]["WaitingAnswer"][];
            /**
             * Unheard
             * @description What was said and is not in the log yet, where one run is read.
             */
            unheard?: components["schemas"]["SaidAnswer"][];
            /**
             * Replies
             * @description What the agent has said, where its end was waited for.
             */
            replies?: string[];
            /**
             * Repeated
             * @description The calls whose answers the run had already, where answers were given.
             */
            repeated?: string[];
            /**
             * Said
             * @description What the agent hears, where one run is read. Where something of it is forgotten, it is without that.
             */
            said?: components["schemas"]["SaidAnswer"][];
        };
        /**
         * SaidAnswer
         * @description Something that was said to an agent.
         */
        SaidAnswer: {
            /** Text */
            text: string;
            /** Speaker */
            speaker?: string | null;
            /**
             * Chat
             * @description The name of the group chat in which it was said.
             */
            chat?: string | null;
        };
        /**
         * SaidBody
         * @description Something that somebody said.
         */
        SaidBody: {
            /** Text */
            text: string;
            /** Speaker */
            speaker?: string | null;
            /**
             * Content
             * @description The parts of the message in the chat API's form, such as images.
             */
            content?: {
                [key: string]: unknown;
            }[] | null;
            /**
             * Chat
             * @description The name of the group chat in which it was said.
             */
            chat?: string | null;
        };
        /**
         * SavedRequestAnswer
         * @description What is looked for.
         */
        SavedRequestAnswer: {
            /** Queries */
            queries: string[];
            /** Tiers */
            tiers: ("core" | "recall" | "archival")[];
            /** Speaker */
            speaker: string | null;
            /** Role */
            role: ("user" | "assistant") | null;
            /** Start */
            start: string | null;
            /** End */
            end: string | null;
            /** As Of */
            as_of: string | null;
            /** Tags */
            tags: string[];
            /** Sources */
            sources: string[];
            /** Limit */
            limit: number;
            /** Budget Tokens */
            budget_tokens: number | null;
        };
        /**
         * SavedSearchAnswer
         * @description A search that can be run again.
         */
        SavedSearchAnswer: {
            /** Id */
            id: string;
            search: components["schemas"]["SavedRequestAnswer"];
            expected: components["schemas"]["ExpectedAnswer"];
            /**
             * Within
             * @description It passes if what is expected is among so many of the first results.
             */
            within: number;
            /**
             * Rank
             * @description The place of what is expected when it was saved, from 1; null if it was not found.
             */
            rank: number | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * SearchAnswer
         * @description What was found, best first.
         */
        SearchAnswer: {
            /** Items */
            items: components["schemas"]["HitAnswer"][];
            /**
             * Tokens
             * @description The tokens of all texts together.
             */
            tokens: number;
            /**
             * Left Out
             * @description How many results did not fit into the budget.
             */
            left_out: number;
            /**
             * Troubles
             * @description What could not be searched, or not by all signals, and why.
             */
            troubles: string[];
            /**
             * Seconds
             * @description How long the search took.
             */
            seconds: number;
            /**
             * Excluded
             * @description Conditions without which something is found, those that exclude most first, where nothing was found
             *     and `explain` was asked for; else null.
             */
            excluded: components["schemas"]["ExclusionAnswer"][] | null;
        };
        /**
         * SearchBody
         * @description What is looked for. A tier that cannot meet a condition is not searched.
         */
        SearchBody: {
            /**
             * Queries
             * @description What several of them find comes first.
             */
            queries: string[];
            /**
             * Tiers
             * @description Core memory, the conversation (`recall`) and the archives (`archival`).
             */
            tiers?: ("core" | "recall" | "archival")[];
            /**
             * Speaker
             * @description Words of this speaker; only recall has speakers.
             */
            speaker?: string | null;
            /**
             * Role
             * @description Words of the agent itself (`assistant`), or of others; only recall has roles.
             */
            role?: ("user" | "assistant") | null;
            /** Start */
            start?: string | null;
            /**
             * End
             * @description Both ends are inclusive; core memory has no times.
             */
            end?: string | null;
            /**
             * As Of
             * @description What was known at this time: said or stored by then, and not replaced by then; not in core memory.
             */
            as_of?: string | null;
            /**
             * Tags
             * @description Passages with one of these tags; only archives have tags.
             */
            tags?: string[];
            /**
             * Sources
             * @description Passages from one of these documents; only archives have them.
             */
            sources?: string[];
            /**
             * Limit
             * @default 20
             */
            limit: number;
            /**
             * Budget Tokens
             * @description The most tokens of all texts together.
             */
            budget_tokens?: number | null;
            /**
             * Explain
             * @description Whether each result says why it was found, signal by signal, and an empty answer what excludes.
             * @default false
             */
            explain: boolean;
        };
        /**
         * SectionAnswer
         * @description A part of a prompt.
         */
        SectionAnswer: {
            /**
             * Name
             * @enum {string}
             */
            name: "system" | "core_memory" | "tools" | "summary" | "queue";
            /** Tokens */
            tokens: number;
            /**
             * Text
             * @description What the model reads there. Messages and tools are lines of JSON.
             */
            text: string;
        };
        /**
         * ServerState
         * @description How the server is, and what waits.
         */
        ServerState: {
            /** Ready */
            ready: boolean;
            /** Parts */
            parts: components["schemas"]["PartState"][];
            /** Version */
            version: string;
            waiting: components["schemas"]["Waiting"];
        };
        /**
         * SharedBlockAnswer
         * @description A shared block, and who has it.
         */
        SharedBlockAnswer: {
            /** Id */
            id: string;
            /** Label */
            label: string;
            /** Value */
            value: string;
            /** Limit */
            limit: number;
            /** Description */
            description: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /**
             * Agents
             * @description The names of the user's agents that have it.
             */
            agents: string[];
            /**
             * Others
             * @description How many agents of other users have it.
             */
            others: number;
            /**
             * Revision
             * @description For `If-Match`: it is another one after each change.
             */
            revision: string;
        };
        /**
         * SharedBlockChange
         * @description What changes of a shared block.
         */
        SharedBlockChange: {
            /** Value */
            value?: string | null;
            /** Limit */
            limit?: number | null;
            /** Description */
            description?: string | null;
        };
        /**
         * SourceAnswer
         * @description A document in an archive.
         */
        SourceAnswer: {
            /** Name */
            name: string;
            /**
             * Origin
             * @description The name of the file, or the address; empty for a text.
             */
            origin: string;
            /** Kind */
            kind: string;
            /** Passages */
            passages: number;
            /** Sections */
            sections: number;
            /**
             * Pages
             * @description 0 if documents of its kind have no pages.
             */
            pages: number;
            /** Characters */
            characters: number;
            /**
             * Attached At
             * Format: date-time
             */
            attached_at: string;
            /**
             * Ready
             * @description Whether the whole document is there.
             */
            ready: boolean;
            /**
             * Archive
             * @description The shared archive that it is in; null for the agent's own.
             */
            archive: string | null;
        };
        /**
         * StateAnswer
         * @description The memory of an agent as it was when an entry was the newest one.
         */
        StateAnswer: {
            /** Seq */
            seq: number;
            /**
             * Time
             * @description The time of that entry; null for the start.
             */
            time: string | null;
            /** Blocks */
            blocks: components["schemas"]["BlockAnswer"][];
            summary: components["schemas"]["SummaryAnswer"] | null;
            /**
             * Queue
             * @description The newest entries that were in the prompt, oldest first.
             */
            queue: components["schemas"]["EntryAnswer"][];
            /**
             * Queue Entries
             * @description How many entries were in the prompt.
             */
            queue_entries: number;
            /**
             * Messages
             * @description How many messages a search could find.
             */
            messages: number;
            /**
             * Taken Back
             * @description How many entries were taken back at that time.
             */
            taken_back: number;
        };
        /**
         * Steps
         * @description How many changes.
         */
        Steps: {
            /**
             * Steps
             * @default 1
             */
            steps: number;
        };
        /**
         * SummaryAnswer
         * @description The summary of everything up to an entry.
         */
        SummaryAnswer: {
            /** Through Seq */
            through_seq: number;
            /** Text */
            text: string;
            /**
             * Source
             * @description Who wrote it: the model, or the rules that stand in for it.
             * @enum {string}
             */
            source: "model" | "extract";
            /**
             * Time
             * Format: date-time
             */
            time: string;
        };
        /**
         * TemplateAnswer
         * @description A named text for a block of new agents, or a preset.
         */
        TemplateAnswer: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "persona" | "human" | "preset";
            /** Name */
            name: string;
            /** Text */
            text: string;
            /**
             * Revision
             * @description For `If-Match`: it is another one after each change.
             */
            revision: string;
        };
        /**
         * TemplateText
         * @description The text of a template.
         */
        TemplateText: {
            /** Text */
            text: string;
        };
        /**
         * TextDifferenceAnswer
         * @description What differs in one text; null where it was not there.
         */
        TextDifferenceAnswer: {
            /**
             * Label
             * @description The block; null for the summary.
             */
            label: string | null;
            /** Before */
            before: string | null;
            /** After */
            after: string | null;
            /**
             * Lines
             * @description The difference line by line: those that begin with `-` are gone, and those with `+` are new.
             */
            lines: string[];
        };
        /**
         * ToolAnswer
         * @description A function that an agent's model is offered.
         */
        ToolAnswer: {
            /** Name */
            name: string;
            /** Description */
            description: string;
            /**
             * Parameters
             * @description A JSON schema.
             */
            parameters: {
                [key: string]: unknown;
            };
        };
        /**
         * ToolArguments
         * @description The arguments of a function.
         */
        ToolArguments: {
            /** Arguments */
            arguments?: {
                [key: string]: unknown;
            };
        };
        /**
         * ToolRunAnswer
         * @description What a function returned.
         */
        ToolRunAnswer: {
            /** Ok */
            ok: boolean;
            /**
             * Text
             * @description As the model reads it; where it failed, why.
             */
            text: string;
        };
        /**
         * ToolsAnswer
         * @description The functions of an agent.
         */
        ToolsAnswer: {
            /** Items */
            items: components["schemas"]["ToolAnswer"][];
        };
        /**
         * TriedSearchAnswer
         * @description What a saved search found now.
         */
        TriedSearchAnswer: {
            /**
             * Rank
             * @description The place of what is expected, from 1; null if it was not found.
             */
            rank: number | null;
            /** Passed */
            passed: boolean;
            expected: components["schemas"]["ExpectedAnswer"];
            /**
             * Seconds
             * @description How long the search took.
             */
            seconds: number;
        };
        /**
         * UsageAnswer
         * @description What one agent, user, key or model used, or all did on one day (in UTC).
         */
        UsageAnswer: {
            /**
             * Key
             * @description The id of the agent, the user or the key, the model, or the day; empty where there was none.
             */
            key: string;
            /**
             * Name
             * @description Empty where it was deleted.
             */
            name: string;
            /** Runs */
            runs: number;
            /** Failed */
            failed: number;
            /** Steps */
            steps: number;
            /** Prompt Tokens */
            prompt_tokens: number;
            /** Completion Tokens */
            completion_tokens: number;
            /**
             * Cost
             * @description null where no endpoint reported a cost.
             */
            cost: number | null;
        };
        /**
         * UseAnswer
         * @description An entry of the log that has something of a document.
         */
        UseAnswer: {
            /** Seq */
            seq: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /**
             * How
             * @description `found`: a search of the agent found passages of it; `opened`: the agent read in it; `named`: somebody
             *     said its name.
             * @enum {string}
             */
            how: "found" | "opened" | "named";
            /**
             * Speaker
             * @description Who named it; null for the agent itself.
             */
            speaker: string | null;
            /**
             * Passages
             * @description The numbers of the passages that were found or opened.
             */
            passages: number[];
            /**
             * Text
             * @description What was said around the name; of a result, its first line.
             */
            text: string;
        };
        /**
         * UsedAnswer
         * @description What was used in the last 24 hours.
         */
        UsedAnswer: {
            /**
             * Running
             * @description The turns that run now or wait.
             */
            running: number;
            /** Turns */
            turns: number;
            /** Tokens */
            tokens: number;
            /** Cost */
            cost: number;
        };
        /**
         * UserAnswer
         * @description A user of the home.
         */
        UserAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "admin" | "user";
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Suspended At
             * @description Since when the user's keys are refused; null if they are not.
             */
            suspended_at: string | null;
            /** Agents */
            agents: number;
            /**
             * Keys
             * @description The keys that were not revoked, without sessions of browsers.
             */
            keys: number;
        };
        /**
         * UserChange
         * @description What changes of a user.
         */
        UserChange: {
            /**
             * Suspended
             * @description Whether the user's keys are refused.
             */
            suspended: boolean;
        };
        /**
         * Waiting
         * @description What waits and runs, of all users and servers of the home.
         */
        Waiting: {
            /**
             * Queued
             * @description Runs that wait for a free place, or for a run of the same agent.
             */
            queued: number;
            /** Running */
            running: number;
            /**
             * Suspended
             * @description Runs that wait for results or approvals.
             */
            suspended: number;
            /**
             * Oldest Queued Seconds
             * @description How long the run waits that has waited the longest.
             */
            oldest_queued_seconds: number;
            /**
             * Loading
             * @description Documents that are being loaded, or wait for it.
             */
            loading: number;
            /**
             * Archives Undelivered
             * @description How many archives have passages that wait for their Qdrant server.
             */
            archives_undelivered: number;
        };
        /**
         * WaitingAnswer
         * @description A call that a suspended run waits for.
         */
        WaitingAnswer: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Arguments
             * @description JSON.
             */
            arguments: string;
            /**
             * Asks
             * @description Whether you run it and send its result, or allow the agent to run it.
             * @enum {string}
             */
            asks: "result" | "approval";
        };
        /**
         * WholeBlock
         * @description All of a block but its label.
         */
        WholeBlock: {
            /** Value */
            value: string;
            /**
             * Limit
             * @default 2000
             */
            limit: number;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Read Only
             * @default false
             */
            read_only: boolean;
            /**
             * Shared
             * @description Whether all agents of the user with a shared block of this label have one text.
             * @default false
             */
            shared: boolean;
        };
        /**
         * WindowAnswer
         * @description A prompt of an agent, section by section. All sizes are tokens; those of the sections add up.
         */
        WindowAnswer: {
            /**
             * Seq
             * @description The newest entry of the log when the prompt was so.
             */
            seq: number;
            /** Window Tokens */
            window_tokens: number;
            /**
             * Reserve Tokens
             * @description What is kept free for the answer.
             */
            reserve_tokens: number;
            /** Prompt Tokens */
            prompt_tokens: number;
            /**
             * Warn Tokens
             * @description A fuller prompt calls for a warning; null where the window leaves no room to act on one.
             */
            warn_tokens: number | null;
            /**
             * Limit Tokens
             * @description No prompt is sent that is larger.
             */
            limit_tokens: number | null;
            /**
             * Exact
             * @description Whether a tokenizer counted, or an estimate that the endpoint's own counts correct.
             */
            exact: boolean;
            /**
             * Brief
             * @description Whether instructions and tools are written briefly, because the window is small.
             */
            brief: boolean;
            /** Sections */
            sections: components["schemas"]["SectionAnswer"][];
            /** Queue Messages */
            queue_messages: number;
            /** Evictions */
            evictions: number;
            /**
             * Recall Messages
             * @description How many messages the log has that a search finds.
             */
            recall_messages: number;
            /**
             * Archival Passages
             * @description null while the archive cannot be reached.
             */
            archival_passages: number | null;
            /**
             * Archival Pending
             * @description How many of the passages wait for their vectors.
             */
            archival_pending: number;
            /**
             * Request
             * @description The body of the request, as an endpoint of the chat API would get it.
             */
            request: {
                [key: string]: unknown;
            };
        };
        /**
         * FieldProblem
         * @description What is wrong with one part of a request.
         */
        FieldProblem: {
            /**
             * Location
             * @description Where it is, such as `body.name`.
             */
            location: string;
            /** Message */
            message: string;
        };
        /**
         * Problem
         * @description An error, as RFC 9457 describes it.
         */
        Problem: {
            /**
             * Type
             * @default about:blank
             */
            type: string;
            /**
             * Title
             * @description The name of the status.
             */
            title: string;
            /** Status */
            status: number;
            /**
             * Detail
             * @description What happened, and what to do.
             */
            detail: string;
            /**
             * Instance
             * @description The path of the request.
             */
            instance: string;
            /** Request Id */
            request_id: string;
            /**
             * Kind
             * @description The error of the Python package that it is, such as `TakenError`; absent where it is of HTTP.
             * @default null
             */
            kind: string | null;
            /**
             * Errors
             * @description The parts of the request that are not valid.
             * @default null
             */
            errors: components["schemas"]["FieldProblem"][] | null;
            /**
             * Current
             * @description The text as it is, where another one was expected.
             * @default null
             */
            current: string | null;
            /**
             * Yours
             * @description The text that was not written because of that.
             * @default null
             */
            yours: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
