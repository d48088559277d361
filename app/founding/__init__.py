"""Found a house in containers: the files beside the compose files that no two houses share.

`site` tells the story of `intramuros init`; `secrets` knows each secret and who reads it; `environment` fills .env;
`certificates` is an authority for houses whose company has none; `rotation` replaces a secret and says what to do then.
"""
