"""Log-in of people by OpenID Connect: authorization code with PKCE, then a session in an encrypted cookie.

`provider.py` speaks to the identity provider, `keys.py` holds its keys, `sessions.py` the cookies, `routes.py` the way
of a browser through `/login`, `/login/callback` and `/logout`. Who a person is, roster says (gateway/identity.py).
"""
