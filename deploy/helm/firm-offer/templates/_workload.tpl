{{- /* A Deployment of API or worker with its PodDisruptionBudget and, where asked for, its autoscaler.
       component, given (its values), image ({tag, digest}), version (a worker's, or ""), first (whether it is the first
       of its component), container (its own part). */ -}}
{{- define "firm-offer.deployment" -}}
{{- $root := .root -}}
{{- $scaling := .given.autoscaling -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- fail (printf "%s.autoscaling: minReplicas (%v) must not be more than maxReplicas (%v)" .place $scaling.minReplicas $scaling.maxReplicas) -}}
{{- end -}}
{{- $name := include "firm-offer.workloadName" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "firm-offer.labels" $root | nindent 4 }}
    {{- include "firm-offer.workloadLabels" . | nindent 4 }}
spec:
  {{- if not $scaling.enabled }}
  replicas: {{ .given.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "firm-offer.selector" $root | nindent 6 }}
      {{- include "firm-offer.workloadLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- with .given.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
        {{- include "firm-offer.selector" $root | nindent 8 }}
        {{- include "firm-offer.workloadLabels" . | nindent 8 }}
      annotations:
        checksum/settings: {{ include (print $root.Template.BasePath "/settings.yaml") $root | sha256sum }}
        {{- with .given.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "firm-offer.serviceAccountName" $root }}
      {{- include "firm-offer.podSecurity" $root | nindent 6 }}
      {{- with .given.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with .given.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .given.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .given.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "firm-offer.selector" $root | nindent 14 }}
              {{- include "firm-offer.workloadLabels" $ | nindent 14 }}
        {{- end }}
      # API: 5 s until no proxy sends anything more, 5 for what is begun; worker: 10 for activities. The rest is reserve.
      terminationGracePeriodSeconds: 20
      containers:
        - name: {{ .component }}
          image: {{ include "firm-offer.image" (dict "root" $root "own" .image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          {{- include "firm-offer.containerSecurity" $root | nindent 10 }}
          envFrom:
            - configMapRef: { name: {{ include "firm-offer.fullname" $root }} }
          resources: {{- toYaml .given.resources | nindent 12 }}
          volumeMounts: {{- include "firm-offer.volumeMounts" (dict "root" $root "all" true) | nindent 12 }}
          {{- .container | nindent 10 }}
      volumes: {{- include "firm-offer.volumes" (dict "root" $root "all" true) | nindent 8 }}
{{- if $scaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "firm-offer.labels" $root | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ $name }} }
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ $scaling.targetCPUUtilizationPercentage }} }
{{- end }}
{{- if and .first .given.disruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "firm-offer.fullname" $root }}-{{ .component }}
  labels: {{- include "firm-offer.labels" $root | nindent 4 }}
spec:
  maxUnavailable: {{ .given.disruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "firm-offer.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- end -}}

{{- /* A version's workers have a Deployment of their own, so that the next version's do not replace them. */ -}}
{{- define "firm-offer.workloadName" -}}
{{- $name := printf "%s-%s" (include "firm-offer.fullname" .root) .component -}}
{{- if .version -}}
{{- printf "%s-%s" $name (replace "." "-" .version) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{- define "firm-offer.workloadLabels" -}}
app.kubernetes.io/component: {{ .component }}
{{- with .version }}
firm-offer/worker-version: {{ . | quote }}
{{- end }}
{{- end -}}
