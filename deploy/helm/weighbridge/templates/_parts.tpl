{{- define "weighbridge.labels" -}}
app.kubernetes.io/name: weighbridge
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "weighbridge.pod" -}}
serviceAccountName: {{ .Release.Name }}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: log-keys
    secret: {secretName: {{ .Values.secrets.logKeys }}, defaultMode: 0440}
  - name: tls
    secret: {secretName: {{ .Values.secrets.tls }}, defaultMode: 0440}
  - name: config
    configMap: {name: {{ .Release.Name }}-server}
  {{- with .Values.secrets.oidc }}
  - name: oidc
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  - name: tmp
    emptyDir: {}
{{- end }}
{{- define "weighbridge.container" -}}
image: {{ .Values.image | quote }}
env:
  - name: WEIGHBRIDGE_REGISTRY
    valueFrom: {secretKeyRef: {name: {{ .Values.secrets.database }}, key: url}}
  - {name: WEIGHBRIDGE_LOG_KEYS, value: /run/secrets/log-keys}
  - {name: WEIGHBRIDGE_STORE, value: {{ .Values.store | quote }}}
  - {name: HOME, value: /tmp}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: log-keys, mountPath: /run/secrets/log-keys, readOnly: true}
  - {name: tls, mountPath: /run/secrets/tls, readOnly: true}
  - {name: config, mountPath: /etc/weighbridge, readOnly: true}
  {{- if .Values.secrets.oidc }}
  - {name: oidc, mountPath: /run/secrets/oidc, readOnly: true}
  {{- end }}
  - {name: tmp, mountPath: /tmp}
{{- end }}
