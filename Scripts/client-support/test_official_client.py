"""Twilio's own client finds in the simulator the Twilio that it was written for."""

import json
import unittest
from datetime import datetime, timedelta, timezone

import facts
from loopback import Account
from simulator import OTHER_SID, SID, TOKEN, WRONG_TOKEN, Simulator
from twilio.base.exceptions import TwilioRestException, TwilioServiceException


class OfficialClient(unittest.TestCase):
    def setUp(self):
        self.simulator = self.enterContext(Simulator())

    def account(self, token=TOKEN, **options):
        account = Account(self.simulator, token, **options)
        self.addCleanup(account.http.session.close)
        return account

    def assert_as_described(self, call, account, response):
        """Status, host, body and the client's own reading of the dates are what the description says."""
        self.assertEqual(response.status_code, call.status)
        self.assertEqual(account.http.hosts[-1], call.host)
        body = account.http.last_body
        if not call.properties:
            self.assertEqual((body, response.data), ("", True))
            return
        self.assertEqual(response.headers["Content-Type"], "application/json")
        self.assertEqual(facts.problems(call.properties, json.loads(body)), [])
        self.assertEqual(set(call.properties) - set(vars(response.data)), set(), "not read by the client")
        for date in (response.data.date_created, response.data.date_updated):
            # What it cannot parse the client hands on as a string.
            self.assertIsInstance(date, datetime)
            self.assertLess(abs(datetime.now(timezone.utc) - date), timedelta(days=1))

    def assert_error(self, error, account, call):
        """The call fails with a status and code, in the form that Twilio's errors have."""
        status, code = error
        with self.assertRaises(TwilioRestException) as caught:
            call()
        self.assertEqual((caught.exception.status, caught.exception.code), (status, code))
        self.assertTrue(facts.is_error(status, code, json.loads(account.http.last_body)), account.http.last_body)

    def assert_works(self, token):
        self.assertEqual(self.account(token).fetch().data.sid, SID)

    def assert_refused(self, token):
        account = self.account(token)
        for call in (account.fetch, account.create, account.promote, account.delete):
            self.assert_error(facts.REFUSED, account, call)

    def test_fetches_the_account(self):
        account = self.account()
        response = account.fetch()
        self.assert_as_described(facts.FETCH, account, response)
        self.assertEqual(response.data.sid, SID)
        self.assertEqual(response.data.owner_account_sid, SID)
        self.assertEqual(response.data.auth_token, TOKEN)
        self.assertEqual(response.data.status, "active")

    def test_is_refused_with_a_wrong_token(self):
        self.assert_refused(WRONG_TOKEN)
        self.assert_works(TOKEN)

    def test_may_not_see_another_account(self):
        account = self.account()
        self.assert_error(facts.REFUSED, account, lambda: account.fetch(OTHER_SID))

    def test_creates_a_secondary_and_uses_both_tokens(self):
        account = self.account()
        response = account.create()
        self.assert_as_described(facts.CREATE, account, response)
        self.assertEqual(response.data.account_sid, SID)
        secondary = response.data.secondary_auth_token
        self.assertNotEqual(secondary, TOKEN)
        self.assert_works(TOKEN)
        self.assert_works(secondary)
        self.assertEqual(self.account(secondary).fetch().data.auth_token, TOKEN, "the primary is not replaced yet")

    def test_cannot_create_a_second_secondary(self):
        account = self.account()
        secondary = account.create().data.secondary_auth_token
        for caller in (account, self.account(secondary)):
            self.assert_error(facts.SECONDARY_EXISTS, caller, caller.create)
        self.assert_works(secondary)

    def test_deletes_a_secondary(self):
        account = self.account()
        secondary = account.create().data.secondary_auth_token
        self.assert_as_described(facts.DELETE, account, account.delete())
        self.assert_refused(secondary)
        self.assert_works(TOKEN)
        self.assertNotEqual(account.create().data.secondary_auth_token, secondary)

    def test_cannot_delete_or_promote_without_a_secondary(self):
        account = self.account()
        self.assert_error(facts.NO_SECONDARY, account, account.delete)
        self.assert_error(facts.NO_SECONDARY, account, account.promote)
        self.assert_works(TOKEN)

    def test_promotes_with_either_token(self):
        for caller_is_secondary in (False, True):
            with self.subTest(caller_is_secondary=caller_is_secondary), Simulator() as self.simulator:
                account = self.account()
                secondary = account.create().data.secondary_auth_token
                caller = self.account(secondary) if caller_is_secondary else account
                response = caller.promote()
                self.assert_as_described(facts.PROMOTE, caller, response)
                self.assertEqual((response.data.account_sid, response.data.auth_token), (SID, secondary))
                self.assert_refused(TOKEN)
                promoted = self.account(secondary)
                self.assertEqual(promoted.fetch().data.auth_token, secondary)
                self.assert_error(facts.NO_SECONDARY, promoted, promoted.promote)
                self.assert_error(facts.NO_SECONDARY, promoted, promoted.delete)

    def test_rotates_again_and_again(self):
        tokens = [TOKEN]
        for _ in range(5):
            secondary = self.account(tokens[-1]).create().data.secondary_auth_token
            self.account(secondary).promote()
            tokens.append(secondary)
        self.assertEqual(len(set(tokens)), len(tokens))
        for token in tokens[:-1]:
            self.assert_refused(token)
        self.assert_works(tokens[-1])

    def test_asks_that_nobody_be_notified(self):
        # In the body or in the query, as the client has it.
        account = self.account()
        account.create(suppress_email_notification=True)
        self.assertEqual(account.delete(suppress_email_notification=True).status_code, 204)
        secondary = account.create(suppress_email_notification=True).data.secondary_auth_token
        self.assertEqual(account.promote(suppress_email_notification=True).data.auth_token, secondary)

    def test_reads_errors_as_problem_documents(self):
        with Simulator("--problem-documents") as self.simulator:
            account = self.account()
            account.create()
            for (status, code), call in [
                (facts.SECONDARY_EXISTS, account.create),
                (facts.REFUSED, lambda: account.fetch(OTHER_SID)),
            ]:
                with self.assertRaises(TwilioServiceException) as caught:
                    call()
                self.assertEqual((caught.exception.status, caught.exception.code), (status, code))
                self.assertTrue(caught.exception.title and caught.exception.detail)
                self.assertEqual(caught.exception.type, f"https://www.twilio.com/docs/errors/{code}")

    def test_finds_each_call_at_its_own_host(self):
        account = self.account(keeps_host=True)
        self.assert_as_described(facts.FETCH, account, account.fetch())
        self.assert_as_described(facts.CREATE, account, account.create())
        self.assert_as_described(facts.PROMOTE, account, account.promote())

    def test_is_refused_in_another_region(self):
        account = self.account(keeps_host=True, region="ie1", edge="dublin")
        for call in (account.fetch, account.create, account.promote, account.delete):
            self.assert_error(facts.REFUSED, account, call)
        self.assertEqual(set(account.http.hosts), {"api.dublin.ie1.twilio.com", "accounts.dublin.ie1.twilio.com"})


class Process(unittest.TestCase):
    def test_ends_after_its_lifetime(self):
        with Simulator("--lifetime", "0.1") as simulator:
            self.assertEqual(simulator.process.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
