"""The gate at the door of a cluster: may this object be there? Pure, like the rest of the gate.

What is asked is an AdmissionReview (admission.k8s.io/v1); what is known is a snapshot of what
stands. Whatever cannot be read or is not known is refused.
"""
