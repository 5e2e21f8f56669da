# One image for all services, and one for their database; docker-compose.yml says which one a
# container runs.
#
# Where packages come from is the build's own affair: PIP_INDEX_URL and the like are build
# arguments, and a PEM bundle in build/ca.pem is trusted for the build (docs/how-to/containers.md).

FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates gcc libc6-dev libpcsclite-dev python3 python3-dev python3-venv swig \
    && rm -rf /var/lib/apt/lists/*
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# The libraries first, as they change seldom. (The odd bracket lets the bundle be absent.)
COPY LICENSE README.md pyproject.toml requirements.lock build/ca.pe[m] ./
RUN python3 -m venv /opt/oqs \
    && if [ -f ca.pem ]; then export PIP_CERT=/src/ca.pem; fi \
    && /opt/oqs/bin/pip install -q -c requirements.lock .
COPY . .
RUN if [ -f ca.pem ]; then export PIP_CERT=/src/ca.pem; fi \
    && /opt/oqs/bin/pip install -q --no-deps --force-reinstall . \
    && rm -rf /opt/oqs/bin/pip* /opt/oqs/lib/python3*/site-packages/pip \
        /opt/oqs/lib/python3*/site-packages/setuptools

# The database of all services: Debian's PostgreSQL, which runs as its own user.
FROM debian:bookworm-slim AS database
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common \
    # The package of the server would make a cluster where nobody looks for one.
    && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf \
    && apt-get install -y --no-install-recommends postgresql-15 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 0700 -o postgres -g postgres /data
COPY tools/serve-database /usr/local/bin/
USER postgres
ENV LANG=C.UTF-8
WORKDIR /data
STOPSIGNAL SIGINT
ENTRYPOINT ["serve-database"]

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-ipaexfont-gothic fonts-ipamj-mincho pcscd python3 tzdata vsmartcard-vpcd \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 oqs \
    && useradd --system --uid 10001 --gid oqs --no-create-home --home-dir /nonexistent oqs \
    # A new named volume takes over the owner of the directory that it is mounted on.
    && install -d -m 0700 -o oqs -g oqs /data /line /line/public /line/oqs \
        /line/intermediate-server /line/sync-worker /line/terminal-9910000018 \
        /line/insurer-990010 /line/insurer-06990014 \
    && install -d -m 0750 -o oqs -g oqs \
        /passwords /passwords/oqs /passwords/intermediate /passwords/clinic
COPY tools/make-passwords /usr/local/bin/
COPY --from=build /opt/oqs /opt/oqs
ENV PATH=/opt/oqs/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER oqs
WORKDIR /data
ENTRYPOINT ["oqs"]
CMD ["--help"]
