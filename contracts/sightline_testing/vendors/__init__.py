"""Stubs of the vendors of image analysis that Sightline can ask: real HTTP servers that say what the
vendors say, on good days and on bad ones. They need the standard library alone, so that the tests of
any service can use them:

    with clarifai_stub() as stub:
        stub.say(clarifai.error("CONN_THROTTLED"), server.half())
"""
