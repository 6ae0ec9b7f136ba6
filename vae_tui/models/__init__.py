"""The models: one file each, behind the contract `VAE` (encode -> Posterior, decode -> images)."""
