# Debian's Caddy in the place of CADDY_IMAGE, for tests only.
FROM standin-python:bookworm
RUN apt-get update -qq \
    && apt-get install --yes -qq --no-install-recommends caddy wget > /dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
WORKDIR /srv
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
