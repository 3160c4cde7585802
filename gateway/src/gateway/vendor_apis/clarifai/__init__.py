"""Clarifai's API v2 as far as its public image models go: PostModelOutputs, in JSON."""
