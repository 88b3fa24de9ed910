//! A PKCS#11 token as the key module: master, look-up and signing keys are made in it and never leave it.
//!
//! **Problem.** Whoever reads the memory or the disk of a server with software keys has the keys. **Design.** All keys
//! are generated in the token, sensitive and not extractable, and found by their labels (`cardea master 1 mac`). A
//! data key is wrapped by a synthetic-IV mode (Rogaway and Shrimpton, "SIV") out of two operations that every token
//! has: HMAC-SHA-256 over binding, fresh chance and plaintext gives the IV and is the tag; AES-256-CBC under that IV
//! encrypts. **Why safe.** The mode is misuse-resistant: should chance repeat, only equal inputs give equal bytes. A
//! tag is compared in constant time before anything of the plaintext is used. Ed25519 keys sign in the token.
//! Sessions are kept in a small pool; one that failed is closed, and the next call opens another.
//!
//! **Not here.** Card keys: PKCS#11 has no commands for verification values, PINs or cryptograms.

mod pool;

use cryptoki::{
    mechanism::{
        Mechanism,
        eddsa::{EddsaParams, EddsaSignatureScheme},
    },
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::Session,
};
use kernel::{Random, Secret};
use pool::Pool;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    sync::{PoisonError, RwLock},
};
use subtle::ConstantTimeEq;
use vault::{CHECK_TEXT, HashUse, KeyCheck, KeyModule, PublicKey, Signature, SigningUse, VaultError};

const IV_BYTES: usize = 16;
const CHANCE_BYTES: usize = 16;
const MASTER_BYTES: u64 = 32;
/// The curve's name in DER, as a PrintableString: the form that tokens of PKCS#11 2.40 and 3.0 take.
const EDWARDS25519: [u8; 14] = *b"\x13\x0cedwards25519";
/// The object identifier of a domain separation, so that these MACs are never those of another use.
const SIV: &[u8] = b"cardea siv 1";

/// A token whose user is logged in.
pub struct TokenModule {
    label: String,
    pool: Pool,
    handles: RwLock<BTreeMap<String, ObjectHandle>>,
}

impl TokenModule {
    /// Opens the token called `label` behind this PKCS#11 library.
    ///
    /// # Errors
    /// The library can't be loaded, there is no such token, the PIN is wrong, or the token lacks a key.
    pub fn open(library: &Path, label: &str, pin: &Secret<String>) -> Result<Self, VaultError> {
        let module = Self::connect(library, label, pin)?;
        for name in needed() {
            module.handle(&name)?;
        }
        if module.master_versions().is_empty() {
            return Err(module.lacks(&master_label(1, Part::Mac)));
        }
        Ok(module)
    }

    /// Makes the keys of a new issuer in an initialised token.
    ///
    /// # Errors
    /// As [`Self::open`], and when the token has keys of ours already.
    pub fn create(library: &Path, label: &str, pin: &Secret<String>) -> Result<Self, VaultError> {
        let module = Self::connect(library, label, pin)?;
        if !module.all().is_empty() {
            return Err(VaultError::Token(format!("the token {label} has keys of an issuer already")));
        }
        module.pool.with(|session| {
            for of in HashUse::ALL {
                generate_mac(session, &hash_label(of))?;
            }
            for of in SigningUse::ALL {
                generate_pair(session, &signing_label(of))?;
            }
            generate_master(session, 1)
        })?;
        module.refresh()?;
        Ok(module)
    }

    fn connect(library: &Path, label: &str, pin: &Secret<String>) -> Result<Self, VaultError> {
        let pool = Pool::open(library, label, pin)?;
        let module = Self { label: label.to_owned(), pool, handles: RwLock::default() };
        module.refresh()?;
        Ok(module)
    }

    fn all(&self) -> BTreeMap<String, ObjectHandle> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn handle(&self, label: &str) -> Result<ObjectHandle, VaultError> {
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.get(label).copied().ok_or_else(|| self.lacks(label))
    }

    fn lacks(&self, label: &str) -> VaultError {
        VaultError::NoTokenKey { token: self.label.clone(), label: label.to_owned() }
    }

    fn master(&self, version: u32) -> Result<Master, VaultError> {
        let part = |part| self.handle(&master_label(version, part));
        match (part(Part::Encrypt), part(Part::Mac)) {
            (Ok(encrypt), Ok(mac)) => Ok(Master { encrypt, mac }),
            _ => Err(VaultError::NoMasterKey { version }),
        }
    }

    fn mac(&self, key: ObjectHandle, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        self.pool.with(|session| mac(session, key, parts))
    }
}

/// The two keys of one version.
#[derive(Clone, Copy)]
struct Master {
    encrypt: ObjectHandle,
    mac: ObjectHandle,
}

#[derive(Clone, Copy)]
enum Part {
    Encrypt,
    Mac,
}

fn master_label(version: u32, part: Part) -> String {
    let part = match part {
        Part::Encrypt => "encrypt",
        Part::Mac => "mac",
    };
    format!("cardea master {version} {part}")
}

fn hash_label(of: HashUse) -> String {
    format!("cardea lookup {}", of.name())
}

fn signing_label(of: SigningUse) -> String {
    format!("cardea signing {}", of.name())
}

/// A key pair has two objects; the public one has a label of its own.
fn public_label(label: &str) -> String {
    format!("{label} public")
}

fn needed() -> impl Iterator<Item = String> {
    let pairs = SigningUse::ALL.map(signing_label);
    let publics = SigningUse::ALL.map(|of| public_label(&signing_label(of)));
    HashUse::ALL.map(hash_label).into_iter().chain(pairs).chain(publics)
}

fn mac(session: &Session, key: ObjectHandle, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
    let whole = zeroize::Zeroizing::new(parts.concat());
    let mac = session.sign(&Mechanism::Sha256Hmac, key, &whole).map_err(failed)?;
    mac.try_into().map_err(|_| VaultError::Token("a MAC has not 32 bytes".to_owned()))
}

/// The MAC that is IV and tag. Lengths keep binding and plaintext apart.
fn synthetic(
    session: &Session,
    key: ObjectHandle,
    binding: &[u8],
    text: &[u8],
) -> Result<[u8; IV_BYTES], VaultError> {
    let length = u64::try_from(binding.len()).unwrap_or(u64::MAX).to_be_bytes();
    let [iv @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        mac(session, key, &[SIV, &length, binding, text])?;
    Ok(iv)
}

fn generate_mac(session: &Session, label: &str) -> Result<(), VaultError> {
    let template = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Verify(true),
        Attribute::ValueLen(length()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    session.generate_key(&Mechanism::GenericSecretKeyGen, &template).map(drop).map_err(failed)
}

fn generate_master(session: &Session, version: u32) -> Result<(), VaultError> {
    let label = master_label(version, Part::Encrypt);
    let template = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::ValueLen(length()),
        Attribute::Label(label.into_bytes()),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template).map_err(failed)?;
    // Last, because a version counts once it has this one.
    generate_mac(session, &master_label(version, Part::Mac))
}

fn generate_pair(session: &Session, label: &str) -> Result<(), VaultError> {
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(EDWARDS25519.to_vec()),
        Attribute::Label(public_label(label).into_bytes()),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private).map(drop).map_err(failed)
}

fn length() -> cryptoki::types::Ulong {
    MASTER_BYTES.into()
}

/// What the token said, in the words of PKCS#11; none of them has anything secret.
fn failed(error: cryptoki::error::Error) -> VaultError {
    VaultError::Token(error.to_string())
}

impl KeyModule for TokenModule {
    fn describe(&self) -> String {
        format!("PKCS#11 token {}", self.label)
    }

    fn master_versions(&self) -> Vec<u32> {
        let versions =
            |label: &String| label.strip_prefix("cardea master ")?.strip_suffix(" mac")?.parse().ok();
        let all: BTreeSet<u32> = self.all().keys().filter_map(versions).collect();
        all.into_iter().collect()
    }

    fn check_values(&self) -> Result<Vec<KeyCheck>, VaultError> {
        let mut all = Vec::new();
        for version in self.master_versions() {
            let master = self.master(version)?;
            // Over both keys of the version.
            let value = self.pool.with(|session| {
                let encrypted = session
                    .encrypt(&Mechanism::AesCbcPad([0; IV_BYTES]), master.encrypt, CHECK_TEXT)
                    .map_err(failed)?;
                mac(session, master.mac, &[CHECK_TEXT, &encrypted])
            })?;
            all.push(KeyCheck::of_mac("master".to_owned(), version, &value));
        }
        for of in HashUse::ALL {
            let value = self.mac(self.handle(&hash_label(of))?, &[CHECK_TEXT])?;
            all.push(KeyCheck::of_mac(format!("lookup {}", of.name()), 1, &value));
        }
        for of in SigningUse::ALL {
            all.push(KeyCheck::of_public(of, &self.public_key(of)?));
        }
        Ok(all)
    }

    fn wrap(
        &self,
        version: u32,
        binding: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        let master = self.master(version)?;
        let mut text = zeroize::Zeroizing::new(vec![0; CHANCE_BYTES]);
        random.fill(&mut text);
        text.extend_from_slice(plaintext);
        self.pool.with(|session| {
            let iv = synthetic(session, master.mac, binding, &text)?;
            let encrypted =
                session.encrypt(&Mechanism::AesCbcPad(iv), master.encrypt, &text).map_err(failed)?;
            Ok([iv.as_slice(), &encrypted].concat())
        })
    }

    fn unwrapped(&self, version: u32, binding: &[u8], wrapped: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let master = self.master(version)?;
        let (iv, encrypted) = wrapped.split_first_chunk::<IV_BYTES>().ok_or(VaultError::NotSealed)?;
        if encrypted.is_empty() || !encrypted.len().is_multiple_of(IV_BYTES) {
            return Err(VaultError::NotSealed);
        }
        let opened = self.pool.with(|session| {
            // Wrong padding is what a changed ciphertext looks like.
            let Ok(text) = session.decrypt(&Mechanism::AesCbcPad(*iv), master.encrypt, encrypted) else {
                return Ok(None);
            };
            let text = Secret::new(text);
            let right = synthetic(session, master.mac, binding, text.expose())?;
            Ok(bool::from(right.ct_eq(iv)).then_some(text))
        })?;
        let text = opened.ok_or(VaultError::Refused)?;
        let plain = text.expose().get(CHANCE_BYTES..).ok_or(VaultError::Refused)?;
        Ok(Secret::new(plain.to_vec()))
    }

    fn hash(&self, of: HashUse, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        self.mac(self.handle(&hash_label(of))?, parts)
    }

    fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError> {
        let key = self.handle(&signing_label(of))?;
        let how = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let signature = self.pool.with(|session| session.sign(&how, key, message).map_err(failed))?;
        let signature = signature.try_into();
        signature.map(Signature).map_err(|_| VaultError::Token("a signature has not 64 bytes".to_owned()))
    }

    fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError> {
        let key = self.handle(&public_label(&signing_label(of)))?;
        let found = self
            .pool
            .with(|session| session.get_attributes(key, &[AttributeType::EcPoint]).map_err(failed))?;
        let point = found.into_iter().find_map(|attribute| match attribute {
            Attribute::EcPoint(point) => Some(point),
            _ => None,
        });
        // In DER an octet string of 32 bytes; some tokens give the bytes alone.
        let point = point.unwrap_or_default();
        let raw = point.strip_prefix(&[0x04, 0x20]).unwrap_or(&point);
        let raw = raw.try_into();
        raw.map(PublicKey).map_err(|_| VaultError::Token("a public key has not 32 bytes".to_owned()))
    }

    fn refresh(&self) -> Result<(), VaultError> {
        let found = self.pool.with(|session| {
            let mut found = BTreeMap::new();
            for class in [ObjectClass::SECRET_KEY, ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
                for object in session.find_objects(&[Attribute::Class(class)]).map_err(failed)? {
                    let labels = session.get_attributes(object, &[AttributeType::Label]).map_err(failed)?;
                    for attribute in labels {
                        if let Attribute::Label(label) = attribute
                            && let Ok(label) = String::from_utf8(label)
                            && label.starts_with("cardea ")
                        {
                            found.insert(label, object);
                        }
                    }
                }
            }
            Ok(found)
        })?;
        *self.handles.write().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    fn add_master(&self, _random: &dyn Random) -> Result<u32, VaultError> {
        self.refresh()?;
        let version = self.master_versions().last().copied().unwrap_or(0).saturating_add(1);
        self.pool.with(|session| generate_master(session, version))?;
        self.refresh()?;
        Ok(version)
    }

    fn remove_master(&self, version: u32, _random: &dyn Random) -> Result<(), VaultError> {
        self.refresh()?;
        if self.master_versions().last() == Some(&version) {
            return Err(VaultError::NewestMaster { version });
        }
        let master = self.master(version)?;
        self.pool.with(|session| {
            session.destroy_object(master.mac).map_err(failed)?;
            session.destroy_object(master.encrypt).map_err(failed)
        })?;
        self.refresh()
    }
}

impl fmt::Debug for TokenModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
