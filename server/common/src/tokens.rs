//! Access tokens: JWTs (RFC 9068) signed with Ed25519 (RFC 8037).

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Code, Role, SessionId, Timestamp, UserId, limits, names};

use crate::{Principal, ServiceError};

/// The media type that marks an access token (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// The maximum bytes of a token; longer texts are rejected without parsing. Issued tokens have about 500 bytes.
const MAX_BYTES: usize = 2048;

/// The claims of an access token (RFC 9068, section 2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience.
    pub aud: String,
    /// The subject: the person's id.
    pub sub: UserId,
    /// The session's id.
    pub sid: SessionId,
    /// The role at the time of issue.
    pub role: Role,
    /// The person's version at the time of issue.
    pub ver: i64,
    /// The client that requested it.
    pub client_id: String,
    /// The time of issue in seconds since 1970.
    pub iat: i64,
    /// The expiration time in seconds since 1970.
    pub exp: i64,
    /// The token's id.
    pub jti: SessionId,
    /// Whether the account has a generated first password, which must be changed before anything else
    /// ("password change required"); omitted if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pcr: bool,
}

/// RPCs that work while a password change is required: the person's own profile, and the change.
const BEFORE_PASSWORD_CHANGE: &[&str] =
    &["/vitae.users.v1.Users/GetUser", "/vitae.auth.v1.Auth/ChangePassword"];

impl Claims {
    /// Returns the claims of a token issued now.
    pub fn new(sub: UserId, sid: SessionId, role: Role, ver: i64, now: Timestamp) -> Self {
        Self {
            iss: names::ISSUER.to_owned(),
            aud: names::AUDIENCE.to_owned(),
            sub,
            sid,
            role,
            ver,
            client_id: "vitae".to_owned(),
            iat: now.as_secs(),
            exp: now.as_secs() + i64::from(limits::ACCESS_TOKEN_SECONDS),
            jti: SessionId::new(),
            pcr: false,
        }
    }

    /// Returns the identity of the token.
    ///
    /// While a password change is required, its role is that of a member, who sees no other people.
    pub fn principal(&self) -> Principal {
        let role = if self.pcr { Role::Member } else { self.role.clone() };
        Principal::User { id: self.sub, session: self.sid, role, version: self.ver }
    }

    /// Returns an error while a password change is required, except for RPCs of one's own account.
    pub fn require_rpc(&self, path: &str) -> Result<(), ServiceError> {
        if BEFORE_PASSWORD_CHANGE.contains(&path) { Ok(()) } else { self.require_own_password() }
    }

    /// Returns an error if the account's generated first password must be changed.
    pub fn require_own_password(&self) -> Result<(), ServiceError> {
        if !self.pcr {
            return Ok(());
        }
        let detail = "this account still has its generated first password; change it with PUT /v1/me/password, then \
                      refresh the login and repeat the request";
        Err(ServiceError::new(Code::PasswordChangeRequired, detail))
    }
}

/// The error for a token that is damaged, expired or signed by another key; clients are not told which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is damaged, expired or of another server")]
pub struct InvalidToken;

/// A key that signs access tokens.
pub struct SigningKey {
    kid: String,
    key: EncodingKey,
}

impl SigningKey {
    /// Generates a private key as PKCS#8 (RFC 8410).
    pub fn generate() -> Result<Vec<u8>, InvalidToken> {
        let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        document.map(|document| document.as_ref().to_vec()).map_err(|_| InvalidToken)
    }

    /// Parses a private key.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, InvalidToken> {
        let public = public_key(pkcs8)?;
        Ok(Self { kid: thumbprint(&public), key: EncodingKey::from_ed_der(pkcs8) })
    }

    /// Returns the key's id: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns a signed token with these claims.
    pub fn sign(&self, claims: &Claims) -> Result<String, InvalidToken> {
        install_provider();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|_| InvalidToken)
    }
}

/// Returns the public key (32 bytes) of a private key.
pub fn public_key(pkcs8: &[u8]) -> Result<Vec<u8>, InvalidToken> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| InvalidToken)?;
    Ok(pair.public_key().as_ref().to_vec())
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    kid: String,
    alg: String,
    #[serde(rename = "use")]
    usage: String,
}

#[derive(Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// The public keys that verify access tokens.
pub struct KeySet {
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
}

impl KeySet {
    /// Returns the JSON Web Key Set (RFC 7517) of these public keys.
    pub fn publish<'a>(public_keys: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let keys = public_keys.into_iter().map(|public| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode(public),
            kid: thumbprint(public),
            alg: "EdDSA".to_owned(),
            usage: "sig".to_owned(),
        });
        serde_json::to_vec(&Jwks { keys: keys.collect() }).unwrap_or_default()
    }

    /// Parses a JSON Web Key Set.
    pub fn parse(jwks: &[u8]) -> Result<Self, InvalidToken> {
        install_provider();
        let jwks: Jwks = serde_json::from_slice(jwks).map_err(|_| InvalidToken)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[names::AUDIENCE]);
        validation.set_issuer(&[names::ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // `verify` checks it against `Clock`, without leeway.
        validation.validate_exp = false;
        let keys = jwks.keys.into_iter().map(|jwk| {
            let key = DecodingKey::from_ed_components(&jwk.x).map_err(|_| InvalidToken)?;
            Ok((jwk.kid, key))
        });
        Ok(Self { keys: keys.collect::<Result<_, InvalidToken>>()?, validation })
    }

    /// Returns the claims of a token that one of these keys has signed and that has not expired.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, InvalidToken> {
        if token.len() > MAX_BYTES {
            return Err(InvalidToken);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken)?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) {
            return Err(InvalidToken);
        }
        let kid = header.kid.ok_or(InvalidToken)?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == kid).ok_or(InvalidToken)?;
        let token = jsonwebtoken::decode::<Claims>(token, key, &self.validation).map_err(|_| InvalidToken)?;
        let claims = token.claims;
        if claims.exp <= now.as_secs() || Role::parse_known(claims.role.as_str()).is_none() {
            return Err(InvalidToken);
        }
        Ok(claims)
    }
}

/// Returns the thumbprint (RFC 7638, section 3) of an Ed25519 key (RFC 8037, section 2).
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()))
}

/// Installs ring's Ed25519 as the only algorithm of `jsonwebtoken`.
///
/// Its two built-in providers would add a second crypto library to the build, with RSA and HMAC, which are
/// not accepted anyway.
fn install_provider() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| match algorithm {
            Algorithm::EdDSA => match Ed25519KeyPair::from_pkcs8(key.as_bytes()) {
                Ok(pair) => Ok(Box::new(Signer(pair))),
                Err(_) => Err(ErrorKind::InvalidEddsaKey.into()),
            },
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        },
        verifier_factory: |algorithm, key| match algorithm {
            Algorithm::EdDSA => Ok(Box::new(Verifier(key.clone()))),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    static ONCE: Once = Once::new();
    // An error means that a provider is installed already: this one, by another copy of the function.
    ONCE.call_once(|| _ = PROVIDER.install_default());
}

struct Signer(Ed25519KeyPair);

impl signature::Signer<Vec<u8>> for Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Verifier(DecodingKey);

impl signature::Verifier<Vec<u8>> for Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let public = self.0.try_get_as_bytes().map_err(|_| signature::Error::new())?;
        UnparsedPublicKey::new(&ED25519, public)
            .verify(message, signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(now: Timestamp) -> (KeySet, String) {
        let pkcs8 = SigningKey::generate().unwrap();
        let key = SigningKey::from_pkcs8(&pkcs8).unwrap();
        let claims = Claims::new(UserId::new(), SessionId::new(), Role::Editor, 3, now);
        let set = KeySet::parse(&KeySet::publish([public_key(&pkcs8).unwrap().as_slice()])).unwrap();
        (set, key.sign(&claims).unwrap())
    }

    const NOW: i64 = 1_795_339_800_000;

    #[test]
    fn token_is_valid_until_it_expires() {
        let now = Timestamp::from_millis(NOW);
        let (set, token) = issue(now);
        let claims = set.verify(&token, now).unwrap();
        assert_eq!(claims.role, Role::Editor);
        assert!(set.verify(&token, Timestamp::from_millis(NOW + 599_999)).is_ok());
        assert_eq!(set.verify(&token, Timestamp::from_millis(NOW + 600_000)).unwrap_err(), InvalidToken);
    }

    #[test]
    fn token_with_a_changed_byte_is_rejected() {
        let now = Timestamp::from_millis(NOW);
        let (set, token) = issue(now);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(set.verify(&changed, now).is_err(), "byte {at}");
        }
    }

    #[test]
    fn other_keys_and_algorithms_are_rejected() {
        let now = Timestamp::from_millis(NOW);
        let (set, token) = issue(now);
        let (_, foreign) = issue(now);
        assert!(set.verify(&foreign, now).is_err());
        let (_, rest) = token.split_once('.').unwrap();
        for alg in ["none", "None", "HS256", "RS256", "ES256"] {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"x"}}"#));
            assert!(set.verify(&format!("{header}.{rest}"), now).is_err(), "{alg}");
        }
    }
}
