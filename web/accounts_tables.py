"""The tables behind signing in: kept beside the log and never in it, because a credential must be able to change and to go.

Instants are whole seconds since 1970 (UTC). What could be used by whoever reads the tables is not in them: tokens and links
are stored as hashes, names to sign in with as keyed hashes (to find) and encrypted (to show), secrets encrypted.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, insert, inspect, select
from sqlalchemy.engine import Connection

tables = MetaData()

account = Table(
    "account",
    tables,
    Column("person", Text, primary_key=True),
    Column("password", Text),  # argon2id with its parameters; none before the first link was used
    Column("totp", LargeBinary),  # the shared secret, encrypted
    Column("totp_spent", BigInteger, nullable=False, default=0),  # the last time step that was accepted: each code once
    Column("opened", BigInteger, nullable=False),
)
sign_in_name = Table(
    "account_name",
    tables,
    Column("blind", Text, primary_key=True),  # keyed hash: found, but not read
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("shown", LargeBinary, nullable=False),  # as it was typed, encrypted
)
login = Table(
    "account_session",
    tables,
    Column("token", Text, primary_key=True),  # hash of what the cookie holds
    Column("id", Text, nullable=False),  # what the page of sessions calls it
    Column("person", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("idle", Integer, nullable=False),  # seconds without a request after which it ends
    Column("until", BigInteger, nullable=False),
    Column("second", Text),  # the second factor that was shown, none yet
    Column("means", Text, nullable=False),
    Column("agent", Text, nullable=False),
)
link = Table(
    "account_link",
    tables,
    Column("token", Text, primary_key=True),  # hash of what the link holds
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
device = Table(
    "account_device",
    tables,
    Column("token", Text, primary_key=True),  # hash of the device's cookie
    Column("person", Text, primary_key=True),  # who signed in with it
    Column("seen", BigInteger, nullable=False),
)
attempt = Table(
    "account_attempt",
    tables,
    Column("key", Text, primary_key=True),  # keyed hash of whose attempts are counted
    Column("since", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)
recovery_code = Table(
    "account_code",
    tables,
    Column("person", Text, primary_key=True),
    Column("code", Text, primary_key=True),  # keyed hash
)
unseen_codes = Table(
    "account_unseen",  # new recovery codes, until their owner wrote them down
    tables,
    Column("person", Text, primary_key=True),
    Column("codes", LargeBinary, nullable=False),  # encrypted
    Column("until", BigInteger, nullable=False),
)
passkey = Table(
    "account_passkey",
    tables,
    Column("id", Text, primary_key=True),  # base64url, as the device calls it
    Column("person", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("used", BigInteger),
)
challenge = Table(
    "account_challenge",
    tables,
    Column("token", Text, primary_key=True),  # hash of a challenge that was answered: no answer counts twice
    Column("until", BigInteger, nullable=False),
)
provider = Table(
    "account_provider",  # an organisation's own sign-on
    tables,
    Column("organisation", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # encrypted
    Column("domains", Text, nullable=False),  # joined by a blank
)
identity = Table(
    "account_identity",  # whose account at a provider is whose here
    tables,
    Column("key", Text, primary_key=True),  # keyed hash of the provider and what it calls the person
    Column("organisation", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("used", BigInteger),
)
Index("account_identity_person", identity.c.person)
by_mail = Table(
    "account_by_mail",
    tables,
    Column("key", Text, primary_key=True),  # of an identity that nothing but a checked address linked
    Column("person", Text, nullable=False),
)
outdated = Table(
    "account_outdated",  # what only its owner can bring under a new key of the accounts: hashes of what we do not know
    tables,
    Column("hash", Text, primary_key=True),  # of an identity or a recovery code
    Column("person", Text, nullable=False),
)
former_name = Table(
    "account_former",  # the e-mail address that a change of names took away, until its owner was told
    tables,
    Column("position", BigInteger, primary_key=True),  # of the event
    Column("person", Text, nullable=False),
    Column("shown", LargeBinary, nullable=False),  # encrypted
    Column("until", BigInteger, nullable=False),
)
kept_form = Table(
    "account_kept",
    tables,
    Column("token", Text, primary_key=True),  # hash of what the browser's cookie holds
    Column("person", Text, nullable=False),  # who typed it
    Column("form", LargeBinary, nullable=False),  # encrypted
    Column("until", BigInteger, nullable=False),
)
Index("account_kept_person", kept_form.c.person)
Index("account_passkey_person", passkey.c.person)
Index("account_name_person", sign_in_name.c.person)
Index("account_session_person", login.c.person)
Index("account_link_person", link.c.person)
OF_A_PERSON = (
    account, sign_in_name, login, link, device, recovery_code, unseen_codes, passkey, identity, by_mail,
    outdated, former_name, kept_form,
)  # fmt: skip
"""Everything that goes when somebody's account is closed."""


def create(connection: Connection) -> None:
    """Make the tables that are missing. Identities that are older than the note of which were linked by an address alone count
    as such, once: nobody knows which were, so none of them proves anything until its person links it anew.
    """
    is_older = not inspect(connection).has_table(by_mail.name)
    tables.create_all(connection)
    if is_older:
        connection.execute(insert(by_mail).from_select(["key", "person"], select(identity.c.key, identity.c.person)))
