# The image of the server: Debian's Python, the wheel of this project and what it needs. It has no shell and no package
# manager. `docker compose up` builds it, and docs/docker.md says how it is used.

FROM debian:trixie-slim AS debian
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install --yes --no-install-recommends libstdc++6 python3 && \
    rm -rf /var/lib/apt/lists/*

FROM debian AS build
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install --yes --no-install-recommends binutils python3-venv && \
    rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /build/tools && python3 -m venv --without-pip /opt/memgpt
WORKDIR /build/source
COPY . .
# docs/install.md lists the extras
ARG EXTRAS=server,postgres,mcp,tokens
ENV PIP_CACHE_DIR=/build/cache
RUN --mount=type=cache,target=/build/cache \
    /build/tools/bin/pip wheel --no-deps --wheel-dir /build/dist . && \
    /build/tools/bin/pip --python /opt/memgpt/bin/python install --no-compile "$(echo /build/dist/*.whl)[$EXTRAS]"
# Symbols for debuggers and the libraries' own tests are a third of all.
WORKDIR /opt/memgpt/lib
RUN find . -name '*.so*' -size +200k -exec strip --strip-unneeded {} + && \
    find . -depth -type d -name tests -exec rm -r {} +
# Python compiles what a server loads; nothing can be written when the image is used.
WORKDIR /
RUN /opt/memgpt/bin/memgpt-autogen server-demo

FROM debian AS root
SHELL ["/bin/bash", "-o", "errexit", "-o", "pipefail", "-c"]
# the packages whose files the image has
ENV PACKAGES="base-files libbz2-1.0 libc6 libexpat1 libffi8 libgcc-s1 liblzma5 libpython3.13-minimal \
    libpython3.13-stdlib libsqlite3-0 libssl3t64 libstdc++6 libuuid1 libzstd1 media-types netbase \
    python3-minimal python3.13-minimal tzdata zlib1g"
# hadolint ignore=SC2086
RUN { dpkg --listfiles $PACKAGES; find /usr/lib/python3.13 -name '*.pyc'; } | sort --unique | \
        while read -r path; do if [ -e "$path" ]; then echo "$path"; fi; done > /listed && \
    mkdir -p /image/data /image/var/lib/dpkg/status.d && \
    tar --create --no-recursion --files-from=/listed | tar --extract --directory=/image && \
    for package in $PACKAGES; do dpkg --status "$package" > "/image/var/lib/dpkg/status.d/$package"; done && \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf && \
    echo 'memgpt:x:1000:' > /image/etc/group && \
    echo 'memgpt:x:1000:1000::/data:/sbin/nologin' > /image/etc/passwd && \
    chown 1000:1000 /image/data && chmod 1777 /image/data

FROM scratch
COPY --from=root /image /
COPY --from=build /opt/memgpt /opt/memgpt
# the caches of embedding models are in the volume, too
ENV PATH=/opt/memgpt/bin:/usr/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    FASTEMBED_CACHE_PATH=/data/.cache/fastembed \
    MEMGPT_AUTOGEN_HOME=/data/home
USER 1000:1000
WORKDIR /data
EXPOSE 8283
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client; server = http.client.HTTPConnection('127.0.0.1', 8283, timeout=4); server.request('GET', '/health'); raise SystemExit(server.getresponse().status != 200)"]
ENTRYPOINT ["memgpt-autogen"]
CMD ["server", "--host", "0.0.0.0"]
