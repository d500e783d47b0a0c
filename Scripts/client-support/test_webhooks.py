"""Twilio's own RequestValidator and this package agree on signatures, both ways, over webhooks at random."""

import json
import os
import random
import re
import string
import subprocess
import unittest
from urllib.parse import urlencode

import requests
from multidict import MultiDict
from simulator import LIFETIME_SECONDS, SID, TOKEN, WRONG_TOKEN
from twilio.request_validator import RequestValidator

COUNT = 500
LETTERS = string.ascii_letters + string.digits + " +&=%/-_.~é🎉\n"


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = random.randrange(1 << 32)
        cls.random = random.Random(cls.seed)
        cls.session = requests.Session()
        cls.session.trust_env = False
        cls.receiver = subprocess.Popen(
            [os.environ["WEBHOOK_RECEIVER"], "--account", SID, "--token", TOKEN, "--for", str(LIFETIME_SECONDS)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        cls.url = re.search(r"http://127\.0\.0\.1:\d+", cls.receiver.stdout.readline()).group()
        cls.receiver.stdout.readline()

    @classmethod
    def tearDownClass(cls):
        cls.session.close()
        cls.receiver.terminate()
        cls.receiver.wait(timeout=30)
        cls.receiver.stdout.close()

    def text(self, letters, most):
        return "".join(self.random.choice(letters) for _ in range(self.random.randint(0, most)))

    def form(self):
        names = [self.text(string.ascii_letters, 8) or "x" for _ in range(self.random.randint(0, 12))]
        form = {name: [self.text(LETTERS, 20) for _ in range(self.random.randint(1, 3))] for name in names}
        form["AccountSid"] = [SID]
        # Of what the library takes, the kind that can hold a name several times.
        return MultiDict((name, value) for name, values in form.items() for value in values)

    def query(self):
        return self.random.choice(["", "?a=b", "?" + urlencode({"x": self.text(LETTERS, 10)})])

    def send(self, path, signature, data, content_type):
        answer = self.session.post(
            self.url + path, data=data, timeout=30,
            headers={"X-Twilio-Signature": signature, "Content-Type": content_type})
        # A line for each, which also keeps the pipe from filling up.
        return answer.status_code, self.receiver.stdout.readline()

    def test_what_twilios_library_signs_is_accepted(self):
        signer = RequestValidator(TOKEN)
        for _ in range(COUNT):
            path, form = "/voice" + self.query(), self.form()
            signature = signer.compute_signature(self.url + path, form)
            pairs = list(form.items())
            self.random.shuffle(pairs)
            status, line = self.send(path, signature, urlencode(pairs), "application/x-www-form-urlencoded")
            self.assertEqual(status, 200, (self.seed, line, path, form))

    def test_what_it_signs_for_json_is_accepted(self):
        signer = RequestValidator(TOKEN)
        for _ in range(COUNT // 5):
            body = json.dumps({"AccountSid": SID, "text": self.text(LETTERS, 30)})
            path = f"/voice?a=b&bodySHA256={signer.compute_hash(body)}"
            signature = signer.compute_signature(self.url + path, {})
            status, line = self.send(path, signature, body.encode(), "application/json")
            self.assertEqual(status, 200, (self.seed, line, body))

    def test_what_it_signs_with_another_token_is_not(self):
        signer = RequestValidator(WRONG_TOKEN)
        for _ in range(COUNT // 5):
            form = self.form()
            signature = signer.compute_signature(self.url + "/voice", form)
            status, line = self.send("/voice", signature, urlencode(list(form.items())), "application/x-www-form-urlencoded")
            self.assertEqual(status, 403, (self.seed, line, form))
            self.assertIn("signatureMismatch", line)

    def test_twilios_library_accepts_what_this_package_signs(self):
        webhooks = [("https://example.com/voice" + self.query(), self.form()) for _ in range(COUNT)]
        lines = [
            json.dumps({"token": TOKEN, "url": url, "parameters": [list(pair) for pair in form.items()]})
            for url, form in webhooks
        ]
        bodies = [json.dumps({"text": self.text(LETTERS, 30)}) for _ in range(COUNT)]
        lines += [json.dumps({"token": TOKEN, "url": "https://example.com/events", "body": body}) for body in bodies]
        answers = subprocess.run(
            [os.environ["WEBHOOK_RECEIVER"], "sign"], input="\n".join(lines), capture_output=True, text=True, check=True,
            timeout=60).stdout.splitlines()
        self.assertEqual(len(answers), 2 * COUNT)
        validator = RequestValidator(TOKEN)
        for (url, form), signature in zip(webhooks, answers):
            self.assertTrue(validator.validate(url, form, signature), (self.seed, url, form))
        for body, answer in zip(bodies, answers[COUNT:]):
            signature, url = answer.split(" ")
            self.assertTrue(validator.validate(url, body, signature), (self.seed, body))
            self.assertFalse(validator.validate(url, body + " ", signature), (self.seed, body))


if __name__ == "__main__":
    unittest.main()
