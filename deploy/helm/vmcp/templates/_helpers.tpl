{{- define "vmcp.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vmcp.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vmcp.labels" -}}
{{ include "vmcp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "vmcp.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "vmcp.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "vmcp.configMapName" -}}
{{- default (printf "%s-config" (include "vmcp.fullname" .)) .Values.existingConfigMap -}}
{{- end -}}

{{/* Whether the process talks to the API server. */}}
{{- define "vmcp.usesCluster" -}}
{{- if or .Values.discovery.enabled .Values.discovery.virtualMCPServer -}}true{{- end -}}
{{- end -}}

{{/* Where sessions are kept, as far as it is known: what a ConfigMap of somebody's own says is not seen here. */}}
{{- define "vmcp.sessionStorage" -}}
{{- if not .Values.existingConfigMap -}}
{{- toYaml (default (dict) (fromYaml (include "vmcp.config" .)).sessionStorage) -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* Replicas that have sessions of their own. */}}
{{- define "vmcp.sessionsApart" -}}
{{- $shared := eq "redis" (default "" (fromYaml (include "vmcp.sessionStorage" .)).provider) -}}
{{- if and (or (gt (int .Values.replicaCount) 1) .Values.autoscaling.enabled) (not $shared) -}}true{{- end -}}
{{- end -}}

{{- define "vmcp.sessionAffinity" -}}
{{- if .Values.service.sessionAffinity -}}
{{- .Values.service.sessionAffinity -}}
{{- else if include "vmcp.sessionsApart" . -}}
ClientIP
{{- else -}}
None
{{- end -}}
{{- end -}}

{{/* The configuration: what is given, and what other values say in its words. */}}
{{- define "vmcp.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if .Values.redis.address -}}
{{- $storage := dict "provider" "redis" "address" .Values.redis.address -}}
{{- if .Values.redis.db -}}{{- $_ := set $storage "db" (int .Values.redis.db) -}}{{- end -}}
{{- if .Values.redis.keyPrefix -}}{{- $_ := set $storage "keyPrefix" .Values.redis.keyPrefix -}}{{- end -}}
{{- $_ := set $config "sessionStorage" (mergeOverwrite (default (dict) $config.sessionStorage) $storage) -}}
{{- end -}}
{{- if .Values.discovery.enabled -}}
{{- $_ := unset $config "backends" -}}
{{- $_ := set $config "groupRef" (required "discovery.group: the MCPGroup whose servers are served" .Values.discovery.group) -}}
{{- $_ := set $config "outgoingAuth" (mergeOverwrite (dict "source" "discovered") (default (dict) $config.outgoingAuth) (dict "source" "discovered")) -}}
{{- end -}}
{{- if .Values.admin.enabled -}}
{{- $_ := set $config "admin" (mergeOverwrite (dict "address" "127.0.0.1") (default (dict) $config.admin) (dict "port" (int .Values.admin.port))) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Ports of Redis and its sentinels, as a list of JSON. */}}
{{- define "vmcp.redisPorts" -}}
{{- $storage := fromYaml (include "vmcp.sessionStorage" .) -}}
{{- $ports := list -}}
{{- if eq "redis" (default "" $storage.provider) -}}
{{- $sentinels := default (list) (default (dict) $storage.sentinel).addresses -}}
{{- range concat (compact (list $storage.address)) $sentinels -}}
{{- $ports = append $ports (regexFind "[0-9]+$" . | int) -}}
{{- end -}}
{{- if $sentinels -}}{{- $ports = append $ports 6379 -}}{{- end -}}
{{- end -}}
{{- toJson (without (uniq $ports) 0) -}}
{{- end -}}

{{/* Values that become part of the configuration have no effect on one that the chart does not write. */}}
{{- define "vmcp.checkOwnConfigMap" -}}
{{- if .Values.existingConfigMap -}}
{{- if .Values.redis.address -}}
{{- fail "redis.address has no effect on existingConfigMap: write sessionStorage there; redis.passwordSecret gives its password" -}}
{{- end -}}
{{- if .Values.discovery.group -}}
{{- fail "discovery.group has no effect on existingConfigMap: write groupRef and outgoingAuth.source there; discovery.enabled gives the rights" -}}
{{- end -}}
{{- if .Values.admin.enabled -}}
{{- fail "admin.enabled has no effect on existingConfigMap: write admin there" -}}
{{- end -}}
{{- end -}}
{{- end -}}
