"""What a person keeps of a checkpoint: favourite latents with names, and marked images. No torch, no Textual."""
