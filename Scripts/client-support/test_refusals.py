"""What Twilio does not tell apart, the simulator does not either: 401/20003 is the same answer for every cause, down to
its bytes, over real HTTP.

What a client could still observe: time, and what happens later, such as a suspended account that works again. Measured on
loopback, the causes that Twilio lists are within some microseconds of each other; an answer takes half a millisecond.
Only what a client knows anyway (no credentials, a user name that is no SID, another's account) shows, by about a tenth.
"""

import json
import re
import unittest

import facts
from loopback import Account
from simulator import OTHER_SID, SID, TOKEN, WRONG_TOKEN, Simulator, basic, request, split

# The two header fields whose values differ from answer to answer, whatever the cause; their lengths do not.
REQUEST_ID = re.compile(rb"(?<=\r\nTwilio-Request-Id: )RQ[0-9a-f]{32}(?=\r\n)")
DURATION = re.compile(rb"(?<=\r\nTwilio-Request-Duration: )0\.0[0-9]{2}(?=\r\n)")


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.active = cls.enterClassContext(Simulator())
        cls.suspended = cls.enterClassContext(Simulator("--status", "suspended"))
        cls.closed = cls.enterClassContext(Simulator("--status", "closed"))
        # A token that was deleted, one that was promoted and then promoted away, and the one that works.
        first = Account(cls.active)
        cls.deleted = first.create().data.secondary_auth_token
        first.delete()
        previous = first.create().data.secondary_auth_token
        first.promote()
        cls.previous = previous
        second = Account(cls.active, previous)
        cls.current = second.create().data.secondary_auth_token
        second.promote()
        for account in (first, second):
            account.http.session.close()

    def causes(self, call):
        """Each cause of a refusal: its name, the simulator and a request that is refused for it."""
        yield "wrong token", self.active, request(call, password=WRONG_TOKEN)
        yield "the first token, promoted away", self.active, request(call)
        yield "the second token, promoted away", self.active, request(call, password=self.previous)
        yield "deleted secondary", self.active, request(call, password=self.deleted)
        yield "suspended account", self.suspended, request(call)
        yield "closed account", self.closed, request(call)
        region = call.host.replace(".twilio.com", ".dublin.ie1.twilio.com")
        yield "other region", self.active, request(call, password=self.current, host=region)
        yield "unknown account", self.active, request(call, username=OTHER_SID, password=self.current)
        yield "wrong token of a suspended account", self.suspended, request(call, password=WRONG_TOKEN)
        yield "longer token", self.active, request(call, password=self.current + "0")
        yield "space after the token", self.active, request(call, password=self.current + " ")
        yield "empty token", self.active, request(call, password="")
        yield "user name that is no account's", self.active, request(call, username="SK" + "5e" * 16)
        yield "credentials stripped on the way", self.active, request(call, authorization=None)
        yield "another scheme", self.active, request(call, authorization=f"Bearer {self.current}")
        yield "no base64", self.active, request(call, authorization="Basic *")
        if call is facts.FETCH:
            yield "another's account", self.active, request(call, password=self.current, about=OTHER_SID)

    def normalized(self, answer, answers):
        """The answer with the values that are random by design blanked out, after a look at their form."""
        self.assertEqual(len(REQUEST_ID.findall(answer)), answers, answer)
        self.assertEqual(len(DURATION.findall(answer)), answers, answer)
        return DURATION.sub(b"*", REQUEST_ID.sub(b"*", answer))

    def test_the_right_token_is_accepted(self):
        # Else every answer would be the same for a reason that proves nothing.
        status, _, _ = split(self.active.exchange(request(facts.FETCH, password=self.current)))
        self.assertEqual(status, 200)

    def test_the_answer_is_twilios(self):
        status, fields, body = split(self.active.exchange(request(facts.FETCH, password=WRONG_TOKEN)))
        self.assertEqual(status, 401)
        self.assertTrue(facts.is_error(*facts.REFUSED, json.loads(body)), body)
        fields = dict(fields)
        self.assertEqual(fields["Content-Type"], "application/json")
        self.assertEqual(fields["Content-Length"], str(len(body)))
        self.assertTrue(fields["WWW-Authenticate"].startswith("Basic "))

    def test_every_cause_has_the_same_bytes(self):
        for times in (1, 3):
            expected = None
            for name, call in facts.CALLS.items():
                for cause, simulator, refused in self.causes(call):
                    with self.subTest(call=name, cause=cause, times=times):
                        # Several times: neither the count nor the connection's fate tells a cause.
                        answer = self.normalized(simulator.exchange(refused, times), times)
                        self.assertEqual(answer.count(b"HTTP/1.1 401 "), times)
                        expected = expected or answer
                        self.assertEqual(answer, expected)

    def test_an_answer_does_not_depend_on_what_was_asked_before(self):
        refused = request(facts.FETCH, password=WRONG_TOKEN)
        before = self.normalized(self.active.exchange(refused), 1)
        for _ in range(50):
            self.active.exchange(refused)
        self.assertEqual(self.normalized(self.active.exchange(refused), 1), before)

    def test_random_values_do_not_repeat(self):
        answer = self.active.exchange(request(facts.FETCH, password=WRONG_TOKEN), times=20)
        self.assertEqual(len(set(REQUEST_ID.findall(answer))), 20)


if __name__ == "__main__":
    unittest.main()
