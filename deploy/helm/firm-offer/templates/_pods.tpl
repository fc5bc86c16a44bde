{{- /* What all pods have in common: they may do little, and are told only what they need. */ -}}

{{- define "firm-offer.podSecurity" -}}
automountServiceAccountToken: false
# Variables of Services would be called FIRM_OFFER_… too.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "firm-offer.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- define "firm-offer.secret" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef: { name: {{ .secret.name }}, key: {{ .secret.key }} }
{{- end -}}

{{- /* How Temporal is reached, for every process that talks to it. */ -}}
{{- define "firm-offer.temporalSettings" -}}
TEMPORAL_ADDRESS: {{ .Values.temporal.address | quote }}
TEMPORAL_NAMESPACE: {{ .Values.temporal.namespace | quote }}
{{- if or .Values.temporal.tls .Values.temporal.serverName }}
TEMPORAL_TLS: "true"
{{- end }}
{{- with .Values.temporal.serverName }}
TEMPORAL_TLS_SERVER_NAME: {{ . | quote }}
{{- end }}
{{- if .Values.secrets.temporalCertificate.name }}
TEMPORAL_TLS_CLIENT_CERT_PATH: /etc/firm-offer/temporal-certificate/tls.crt
TEMPORAL_TLS_CLIENT_KEY_PATH: /etc/firm-offer/temporal-certificate/tls.key
{{- end }}
{{- if .Values.secrets.temporalAuthority.name }}
TEMPORAL_TLS_SERVER_CA_CERT_PATH: /etc/firm-offer/temporal-authority/ca.crt
{{- end }}
{{- end -}}

{{- define "firm-offer.temporalSecrets" -}}
{{- with .Values.secrets.temporalApiKey }}
{{- if .name }}
{{ include "firm-offer.secret" (dict "variable" "TEMPORAL_API_KEY" "secret" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "firm-offer.servingSecrets" -}}
{{- $secrets := .Values.secrets -}}
{{ include "firm-offer.secret" (dict "variable" "DATABASE_URL" "secret" $secrets.database) }}
{{ include "firm-offer.secret" (dict "variable" "FIRM_OFFER_SECRET" "secret" $secrets.product) }}
{{ include "firm-offer.secret" (dict "variable" "SMTP_URL" "secret" $secrets.smtp) }}
{{- if eq .Values.orders.way "http" }}
{{ include "firm-offer.secret" (dict "variable" "FIRM_OFFER_ORDER_SECRET" "secret" $secrets.order) }}
{{- end }}
{{- if and .Values.monitoring.traces.enabled $secrets.tracesHeaders.name }}
{{ include "firm-offer.secret" (dict "variable" "OTEL_EXPORTER_OTLP_HEADERS" "secret" $secrets.tracesHeaders) }}
{{- end }}
{{- include "firm-offer.temporalSecrets" . }}
{{- end -}}

{{- /* Files out of Secrets: of Temporal alone, or all. */ -}}
{{- define "firm-offer.files" -}}
{{- $secrets := .root.Values.secrets -}}
{{- $files := list -}}
{{- with $secrets.temporalCertificate.name }}{{ $files = append $files (dict "volume" "temporal-certificate" "secret" .) }}{{ end -}}
{{- with $secrets.temporalAuthority }}{{ if .name }}{{ $files = append $files (dict "volume" "temporal-authority" "secret" .name "key" .key "path" "ca.crt") }}{{ end }}{{ end -}}
{{- if .all -}}
{{- with $secrets.payloadKeys }}{{ if .name }}{{ $files = append $files (dict "volume" "payload-keys" "secret" .name "key" .key "path" "payload-keys") }}{{ end }}{{ end -}}
{{- with $secrets.checkpointKey }}{{ if .name }}{{ $files = append $files (dict "volume" "checkpoint-key" "secret" .name "key" .key "path" "checkpoint.pem") }}{{ end }}{{ end -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{- define "firm-offer.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range include "firm-offer.files" . | fromJsonArray }}
- { name: {{ .volume }}, mountPath: /etc/firm-offer/{{ .volume }}, readOnly: true }
{{- end }}
{{- if and .all .root.Values.checkpoints.claim }}
- { name: checkpoints, mountPath: /var/lib/firm-offer }
{{- end }}
{{- end -}}

{{- define "firm-offer.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
{{- range include "firm-offer.files" . | fromJsonArray }}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    {{- if .key }}
    items:
      - { key: {{ .key }}, path: {{ .path }} }
    {{- end }}
{{- end }}
{{- if and .all .root.Values.checkpoints.claim }}
- name: checkpoints
  persistentVolumeClaim: { claimName: {{ .root.Values.checkpoints.claim }} }
{{- end }}
{{- end -}}
