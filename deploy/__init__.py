"""How BDTX is put on machines: `local` for one laptop, `k8s` for a cluster."""
