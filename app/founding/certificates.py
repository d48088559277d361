"""Be the certificate authority of a house whose company has none. The only file that makes or reads certificates.

The authority's key can vouch for the public name of this house, or what is below it, and for nothing else, so that
trusting it opens no other site to whoever steals it. It stays out of every container.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from retrieval.errors import SetupRefused

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # browsers refuse longer ones of public authorities, and some of any
CLOCKS_DIFFER = timedelta(hours=1)
# A constraint binds names of its own kind only (RFC 5280, 4.2.1.10), so the other kind is excluded as a whole.
NO_NAME = (x509.DNSName(""),)
NO_ADDRESS = tuple(x509.IPAddress(ip_network(every)) for every in ("0.0.0.0/0", "::/0"))
KEEP_DAYS = 30  # a certificate that ends sooner is worth a word


@dataclass(frozen=True, slots=True)
class Pair:
    """Hold a certificate and its key, both as PEM text."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Described:
    """Say from when until when a certificate is good, and whether it is made out to the name it was read for."""

    since: datetime
    until: datetime
    is_for_host: bool


def described(der: bytes, host: str) -> Described:
    """Return what a certificate says. Raises ValueError where it is none."""
    certificate = x509.load_der_x509_certificate(der)
    return Described(
        certificate.not_valid_before_utc, certificate.not_valid_after_utc, _is_for(certificate, host)
    )


def new_authority(host: str, *, now: datetime, key_pem: str = "") -> Pair:
    """Return an authority that can vouch for `host` and names below it, with a key that is there or a new one.

    Raises SetupRefused for a key that cannot be read.
    """
    key = _signer(key_pem) if key_pem else ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Intramuros of {host}")
    usage = _usage(signs=True)
    permitted = _subtree(host)
    excluded = NO_NAME if isinstance(permitted, x509.IPAddress) else NO_ADDRESS
    only = x509.NameConstraints(permitted_subtrees=[permitted], excluded_subtrees=excluded)
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
    made = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(only, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pair(made, key)


def issue(authority: Pair, host: str, *, now: datetime) -> Pair:
    """Return a certificate of `host` by this authority, with a new key. Raises SetupRefused for a damaged authority."""
    try:
        parent = x509.load_pem_x509_certificate(authority.certificate.encode())
    except ValueError as error:
        raise _unreadable() from error
    signer = _signer(authority.key)
    if signer.public_key() != parent.public_key():
        raise SetupRefused(
            "own_ca_key is not the key of own_ca.pem",
            remedy="restore both from the same backup of your secrets",
        )
    key = ec.generate_private_key(ec.SECP256R1())
    # What looks like a name of hosts in a subject is held to the rules for names, and an address looks like one.
    subject = _named(host if isinstance(_general(host), x509.DNSName) else f"Intramuros at {host}")
    builder = _builder(subject, parent.subject, key.public_key(), now, SERVER_DAYS)
    made = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(host)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return _pair(made, key)


def is_issued_by(authority: Pair, certificate: str) -> bool:
    """Return whether a server's certificate, as PEM text, bears the signature of this authority."""
    try:
        parent = x509.load_pem_x509_certificate(authority.certificate.encode())
        x509.load_pem_x509_certificate(certificate.encode()).verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def fault(pair: Pair, host: str, *, now: datetime) -> str:
    """Return what is wrong with a server's certificate and key, "" where nothing is."""
    try:
        chain = x509.load_pem_x509_certificates(pair.certificate.encode())
        key = serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, TypeError):
        return "is no PEM without a password"
    certificate = chain[0]
    if certificate.public_key() != key.public_key():
        return "does not belong to tls_key"
    if certificate.not_valid_before_utc > now:
        return f"begins on {certificate.not_valid_before_utc:%Y-%m-%d}"
    if certificate.not_valid_after_utc <= now:
        return f"ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_after_utc <= now + timedelta(days=KEEP_DAYS):
        return f"ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return "" if _is_for(certificate, host) else f"is not made out to {host}"


def _signer(pem: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise _unreadable() from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unreadable()
    return key


def _unreadable() -> SetupRefused:
    return SetupRefused(
        "the files of the house's own authority cannot be read",
        remedy="restore own_ca.pem and own_ca_key from your backup, or remove both and have a new one trusted",
    )


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    wanted = {host, "*." + host.partition(".")[2]}
    dns = set(names.get_values_for_type(x509.DNSName))
    return bool(wanted & dns) or host in map(str, names.get_values_for_type(x509.IPAddress))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # X.520's longest


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _subtree(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_network(host))
    except ValueError:
        return x509.DNSName(host)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), plain.decode())
