"""Validates one webhook over and over with Twilio's own library: for each number on standard input as many times."""

import json
import sys

from twilio.request_validator import RequestValidator


def main():
    webhook = json.loads(sys.argv[1])
    validator = RequestValidator(webhook["token"])
    url, parameters, signature = webhook["url"], webhook["parameters"], webhook["signature"]
    for line in sys.stdin:
        for _ in range(int(line)):
            if not validator.validate(url, parameters, signature):
                sys.exit("Twilio's library refuses the webhook")
        print("done", flush=True)


if __name__ == "__main__":
    main()
