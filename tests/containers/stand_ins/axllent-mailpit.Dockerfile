# Stands in for Mailpit: it catches mails and shows them at two addresses of Mailpit's API.
ARG BASE
FROM ${BASE}
COPY python /usr/lib/mailpit
COPY mailpit.py /usr/lib/mailpit/mailpit.py
RUN printf '#!/bin/sh\nexec python /usr/lib/mailpit/mailpit.py "$@"\n' > /mailpit && chmod 755 /mailpit
ENV PYTHONPATH=/usr/lib/mailpit
STOPSIGNAL SIGKILL
ENTRYPOINT ["/mailpit"]
