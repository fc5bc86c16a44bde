{{- /* Names and labels. */ -}}
{{- define "firm-offer.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "firm-offer.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "firm-offer.labels" -}}
{{ include "firm-offer.selector" . }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "firm-offer.serviceAccountName" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "firm-offer.fullname" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{- /* The image; of `tag` and `digest` where they are given. */ -}}
{{- define "firm-offer.image" -}}
{{- $image := .root.Values.image -}}
{{- $own := default dict .own -}}
{{- if $own.digest -}}
{{- printf "%s@%s" $image.repository $own.digest -}}
{{- else if $own.tag -}}
{{- printf "%s:%s" $image.repository $own.tag -}}
{{- else if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}
