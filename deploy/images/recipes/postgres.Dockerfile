# Debian's PostgreSQL 15 in the place of POSTGRES_IMAGE, for tests only: the account 999, the variables POSTGRES_* that
# deploy/compose.yaml sets, a cluster made at the first start.
FROM standin-python:bookworm
RUN groupadd --gid 999 postgres \
    && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/sh postgres \
    && mkdir -p /etc/postgresql-common \
    && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
    && apt-get update -qq \
    && apt-get install --yes -qq --no-install-recommends postgresql-15 > /dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
    && install --directory --owner 999 --group 999 --mode 0700 /var/lib/postgresql/data \
    && install --directory --owner 999 --group 999 --mode 0775 /var/run/postgresql
COPY postgres.sh /usr/local/bin/
ENV PATH=/usr/lib/postgresql/15/bin:$PATH LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
USER 999:999
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres.sh"]
CMD ["postgres"]
