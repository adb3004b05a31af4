"""The names of OASIS Web Services Security 1.1 and of XML Signature."""

from __future__ import annotations

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_WSS}wssecurity-secext-1.0.xsd"
WSSE_11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU = f"{_WSS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
SPACES = {"wsse": WSSE, "wsu": WSU, "ds": DS}
TEXT = f"{_WSS}username-token-profile-1.0#PasswordText"
DIGEST = f"{_WSS}username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"
X509 = f"{_WSS}x509-token-profile-1.0#X509v3"
THUMBPRINT = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
KEY_ID = f"{_WSS}x509-token-profile-1.0#X509SubjectKeyIdentifier"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = f"{DS}rsa-sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{DS}sha1"

SECURITY, TIMESTAMP, TOKEN, BINARY, REFERENCE, BY_TOKEN = (
    f"{{{WSSE}}}Security", f"{{{WSU}}}Timestamp", f"{{{WSSE}}}UsernameToken", f"{{{WSSE}}}BinarySecurityToken",
    f"{{{WSSE}}}Reference", f"{{{WSSE}}}SecurityTokenReference",
)
CREATED, EXPIRES, ID = f"{{{WSU}}}Created", f"{{{WSU}}}Expires", f"{{{WSU}}}Id"
SIGNATURE, IDENTIFIER = f"{{{DS}}}Signature", f"{{{WSSE}}}KeyIdentifier"
CONFIRMATION = f"{{{WSSE_11}}}SignatureConfirmation"
