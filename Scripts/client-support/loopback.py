"""Twilio's client, talking to a simulator instead of to Twilio."""

from urllib.parse import urlsplit, urlunsplit

from simulator import SID, TOKEN
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


class LoopbackHTTPClient(TwilioHttpClient):
    """The library's own HTTP client but for one step: scheme and authority of the finished request are replaced.

    An HTTP client is what the library lets its users pass in; the settings that it has for this, region and edge, only
    insert labels before twilio.com. Path, query, header fields and body stay the library's.
    """

    def __init__(self, simulator, keeps_host):
        super().__init__()
        # Else a proxy in the environment would be asked for 127.0.0.1.
        self.session.trust_env = False
        self.authority = urlsplit(simulator.url)
        self.keeps_host = keeps_host
        self.hosts = []
        self.last_body = None

    def request(self, method, url, params=None, data=None, headers=None, **options):
        asked = urlsplit(url)
        self.hosts.append(asked.netloc)
        # The simulator tells Twilio's services and regions apart by the host, where it gets to see one.
        headers = {**headers, "Host": asked.netloc} if self.keeps_host else headers
        url = urlunsplit(asked._replace(scheme=self.authority.scheme, netloc=self.authority.netloc))
        response = super().request(method, url, params, data, headers, **options)
        self.last_body = response.text
        return response


class Account:
    """The calls of this package, made with Twilio's client and one token."""

    def __init__(self, simulator, token=TOKEN, username=SID, keeps_host=False, **options):
        self.http = LoopbackHTTPClient(simulator, keeps_host)
        # An empty environment, for the client reads credentials, region and edge from it; it takes none for unset.
        self.client = Client(username, token, http_client=self.http, environment={"TWILIO_REGION": ""}, **options)

    def fetch(self, sid=SID):
        return self.client.api.v2010.accounts(sid).fetch_with_http_info()

    def create(self, **options):
        return self.client.accounts.v1.secondary_auth_token().create_with_http_info(**options)

    def delete(self, **options):
        return self.client.accounts.v1.secondary_auth_token().delete_with_http_info(**options)

    def promote(self, **options):
        return self.client.accounts.v1.auth_token_promotion().update_with_http_info(**options)
