# One image for API, worker and the commands of operators; docker-compose.yml says which one a container runs.
FROM python:3.13.14-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/firm-offer
COPY requirements.txt /build/
# A registry or a certificate authority of your own is told at build time and stays out of the image: docs/operations.md.
RUN --mount=type=secret,id=pip-config,target=/etc/pip.conf --mount=type=secret,id=pip-authorities,target=/run/pip-authorities.pem \
    /opt/firm-offer/bin/pip install --no-deps --require-hashes --only-binary :all: -r /build/requirements.txt
COPY activities /app/activities
COPY adapters /app/adapters
COPY api /app/api
COPY cli /app/cli
COPY domain /app/domain
COPY workflows /app/workflows
COPY worker.py /app/
# The command, without installing the sources: they are read where they lie. Compiled here, because a container
# may not write.
RUN printf '#!/bin/sh\nexec python -m cli.main "$@"\n' > /opt/firm-offer/bin/firm-offer \
    && chmod 755 /opt/firm-offer/bin/firm-offer \
    && python -m compileall -q /app

FROM python:3.13.14-slim-trixie
RUN useradd --system --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin firm-offer
COPY --from=build /opt/firm-offer /opt/firm-offer
COPY --from=build /app /app
ENV PATH=/opt/firm-offer/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "api.serve", "--host", "0.0.0.0", "--port", "8000"]
