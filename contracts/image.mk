# `make image`, for the services and the edge alike. The tag is the version that stands in the
# Dockerfile; compose, which builds what lies here, calls its images latest.
NAME    := $(notdir $(CURDIR))
VERSION  = $(shell sed -n 's/^ARG VERSION=//p' Dockerfile)
COMMIT   = $(or $(SOURCE_COMMIT),$(shell git rev-parse HEAD 2>/dev/null),unknown)
BASES    = $(foreach one,PYTHON_IMAGE DEBIAN_IMAGE,$(if $($(one)),--build-arg $(one)=$($(one))))

.PHONY: image
image:   ## the container's image, as sightline/<service>:<version>
	docker build --quiet --build-context contracts=$(CONTRACTS) $(BASES) $(IMAGE_FLAGS) \
	  --build-arg VERSION=$(VERSION) --build-arg SOURCE_COMMIT=$(COMMIT) --tag sightline/$(NAME):$(VERSION) .
