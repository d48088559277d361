"""Make the images of deploy/compose.yaml: what goes in, how they are built, what their bills of materials say.

    python3 -m deploy.images lock | wheels | build [TARGET …] | models | stand-in

parts      the images, what each is made from, the versions they share
locks      writes deploy/locks/: every package by version and hash
wheels     brings the locked packages into the cache, so that a build needs no package index
build      builds the images and tells size and time
trim       runs inside a build: takes out what no process needs, refuses code that runs by itself
sbom       writes a bill of materials (CycloneDX) of each image and of the models
engine     asks the container engine
standin    makes images of Debian's packages for tests on a machine that can pull none
"""
