//! The software module: the commands of a payment module, done in this process. Not for production PINs.
//!
//! It exists so that everything around a payment module can be run, tested and measured without one. The keys are
//! in the memory of this process; whoever can read that has them, and every PIN with them.

use super::cryptogram::{self, ChipSession, CryptogramRequest, CryptogramVerdict, IssuerAnswer};
use super::dynamic::{self, DynamicValue};
use super::key_block::{self, ImportedKey};
use super::keys::{CardKey, CardKeyRole, CardKeyUse, CardKeys};
use super::pin::{self, Ibm3624, PinMethod, PinReference};
use super::pin_block::{self, Pin, PinFormat};
use super::port::{CardCrypto, CardValue, IssuedPin, NewPin, PinBlock, PinVerdict};
use super::script::{self, ScriptCommand};
use super::values;
use crate::{Pan, VaultError};
use kernel::{Random, Secret};
use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq;

/// A payment module made of software. Not for the PINs of a production issuer.
pub struct SoftwareCardCrypto {
    keys: CardKeys,
    ibm3624: Ibm3624,
    random: Arc<dyn Random>,
}

impl fmt::Debug for SoftwareCardCrypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[software card module, not for production PINs, {:?}]", self.keys)
    }
}

impl SoftwareCardCrypto {
    /// With these keys and the usual settings of IBM 3624.
    pub fn new(keys: CardKeys, random: Arc<dyn Random>) -> Self {
        Self { keys, ibm3624: Ibm3624::default(), random }
    }

    /// The same with the issuer's own settings of IBM 3624.
    #[must_use]
    pub fn with_ibm3624(self, ibm3624: Ibm3624) -> Self {
        Self { ibm3624, ..self }
    }

    /// The keys, for their generations and check values.
    pub const fn keys(&self) -> &CardKeys {
        &self.keys
    }

    /// A PIN block as the keypad of a terminal makes it, for tests and the traffic of a demo. A payment module has
    /// no such command: nobody but the cardholder and the keypad knows a PIN in clear.
    ///
    /// # Errors
    /// The zone key is missing, or the PIN is not 4 to 12 digits.
    pub fn keypad(&self, zone: u32, pan: &Pan, pin: &Secret<String>) -> Result<Vec<u8>, VaultError> {
        let pin = Pin::parse(pin.expose()).ok_or(VaultError::CardRequest("a PIN is 4 to 12 digits"))?;
        self.seal(zone, pan, &pin)
    }

    /// The PIN that IBM 3624 gives a card without an offset: what a card of that method starts with, as a block for
    /// the printer of the PIN letter.
    ///
    /// # Errors
    /// A key is missing, or the PIN would not have 4 to 12 digits.
    pub fn natural_pin(&self, zone: u32, pan: &Pan, pvk: u32, digits: usize) -> Result<Vec<u8>, VaultError> {
        let (key, _) = self.pvk(pvk)?;
        let key = key.triple_des().ok_or(VaultError::Cipher)?;
        let pin = pin::natural_pin(key, &self.ibm3624, pan, digits)
            .ok_or(VaultError::CardRequest("a PIN is 4 to 12 digits"))?;
        self.seal(zone, pan, &pin)
    }

    /// The value that a card makes with this counter, for tests and the traffic of a demo.
    ///
    /// # Errors
    /// As [`CardCrypto::verify_dynamic_value`].
    pub fn dynamic_value(&self, request: &DynamicValue<'_>) -> Result<Secret<String>, VaultError> {
        let key = self.keys.triple_des(CardKeyRole::DynamicValue, request.generation)?;
        Ok(Secret::new(dynamic::made(key, request)?.to_string()))
    }

    /// The cryptogram that the chip of this card makes over these data, for tests and the traffic of a demo; a
    /// payment module has no such command. The cryptogram in `request` is not looked at.
    ///
    /// # Errors
    /// A key is missing, or the issuer application data name another version than the profile.
    pub fn chip_cryptogram(&self, request: &CryptogramRequest<'_>) -> Result<[u8; 8], VaultError> {
        cryptogram::made(&self.keys, request)?
            .ok_or(VaultError::CardRequest("the issuer application data name another version of cryptogram"))
    }

    fn zone(&self, generation: u32) -> Result<(&CardKey, PinFormat), VaultError> {
        let key = self.keys.get(CardKeyRole::ZonePin, generation)?;
        match key.usage() {
            CardKeyUse::ZonePin(format) => Ok((key, format)),
            _ => Err(VaultError::Cipher),
        }
    }

    fn pvk(&self, generation: u32) -> Result<(&CardKey, u8), VaultError> {
        let key = self.keys.get(CardKeyRole::PinVerification, generation)?;
        match key.usage() {
            CardKeyUse::PinVerification { index } => Ok((key, index)),
            _ => Err(VaultError::Cipher),
        }
    }

    fn open(&self, pin: &PinBlock<'_>) -> Result<Option<Pin>, VaultError> {
        let (key, format) = self.zone(pin.zone)?;
        if format != pin.format {
            return Err(VaultError::PinFormat { zone: pin.zone });
        }
        pin_block::open(key, format, pin.pan, pin.block)
    }

    fn seal(&self, zone: u32, pan: &Pan, pin: &Pin) -> Result<Vec<u8>, VaultError> {
        let (key, format) = self.zone(zone)?;
        pin_block::seal(key, format, pan, pin, &*self.random)
    }

    fn reference(
        &self,
        pan: &Pan,
        pin: &Pin,
        method: PinMethod,
        pvk: u32,
    ) -> Result<PinReference, VaultError> {
        let (key, index) = self.pvk(pvk)?;
        let key = key.triple_des().ok_or(VaultError::Cipher)?;
        pin::reference((key, index, pvk), method, &self.ibm3624, pan, pin)
    }
}

const NO_PIN: VaultError =
    VaultError::CardRequest("there is no PIN of this format for this card in the block");

impl CardCrypto for SoftwareCardCrypto {
    fn card_value(&self, request: &CardValue<'_>) -> Result<Secret<String>, VaultError> {
        self.keys.card_value(request)
    }

    fn verify_card_value(&self, request: &CardValue<'_>, presented: &str) -> Result<bool, VaultError> {
        self.keys.verify_card_value(request, presented)
    }

    fn new_pin(&self, request: &NewPin<'_>) -> Result<IssuedPin, VaultError> {
        let pin = Pin::create(request.digits, &*self.random)
            .ok_or(VaultError::CardRequest("a PIN is 4 to 12 digits"))?;
        let reference = self.reference(request.pan, &pin, request.method, request.pvk)?;
        Ok(IssuedPin { reference, block: self.seal(request.zone, request.pan, &pin)? })
    }

    fn pin_reference(
        &self,
        pin: &PinBlock<'_>,
        method: PinMethod,
        pvk: u32,
    ) -> Result<PinReference, VaultError> {
        let opened = self.open(pin)?.ok_or(NO_PIN)?;
        self.reference(pin.pan, &opened, method, pvk)
    }

    fn verify_pin(&self, pin: &PinBlock<'_>, kept: &PinReference) -> Result<PinVerdict, VaultError> {
        let (key, index) = self.pvk(kept.generation())?;
        let key = key.triple_des().ok_or(VaultError::Cipher)?;
        let Some(opened) = self.open(pin)? else { return Ok(PinVerdict::Unreadable) };
        let right = pin::matches((key, index), kept, &self.ibm3624, pin.pan, &opened);
        Ok(if right { PinVerdict::Right } else { PinVerdict::Wrong })
    }

    fn translate_pin(&self, pin: &PinBlock<'_>, to_zone: u32) -> Result<Vec<u8>, VaultError> {
        let opened = self.open(pin)?.ok_or(NO_PIN)?;
        self.seal(to_zone, pin.pan, &opened)
    }

    fn verify_dynamic_value(&self, request: &DynamicValue<'_>, presented: &str) -> Result<bool, VaultError> {
        let right = self.dynamic_value(request)?;
        Ok(right.expose().as_bytes().ct_eq(presented.as_bytes()).into())
    }

    fn verify_cryptogram(&self, request: &CryptogramRequest<'_>) -> Result<CryptogramVerdict, VaultError> {
        cryptogram::verify(&self.keys, request)
    }

    fn issuer_answer(&self, session: &ChipSession, answer: IssuerAnswer) -> Result<Vec<u8>, VaultError> {
        cryptogram::answer(&self.keys, session, answer)
    }

    fn issuer_script(
        &self,
        session: &ChipSession,
        command: &ScriptCommand<'_>,
    ) -> Result<Vec<u8>, VaultError> {
        match command {
            ScriptCommand::UnblockPin => script::unblock(&self.keys, session),
            ScriptCommand::ChangePin(pin) if *pin.pan == session.pan => {
                script::change(&self.keys, session, &self.open(pin)?.ok_or(NO_PIN)?)
            }
            ScriptCommand::ChangePin(_) => Err(VaultError::CardRequest("the new PIN is for another card")),
        }
    }

    fn export_key(&self, kbpk: u32, role: CardKeyRole, generation: u32) -> Result<String, VaultError> {
        let protection = self.keys.get(CardKeyRole::KeyBlock, kbpk)?;
        key_block::wrap(protection, self.keys.get(role, generation)?, &*self.random)
    }

    fn import_key(&self, kbpk: u32, block: &str, usage: CardKeyUse) -> Result<ImportedKey, VaultError> {
        let protection = self.keys.get(CardKeyRole::KeyBlock, kbpk)?;
        key_block::unwrap(protection, block, usage).map(ImportedKey)
    }
}

impl CardKeys {
    /// The verification value of a card, three digits. See [`CardCrypto::card_value`].
    pub(super) fn card_value(&self, request: &CardValue<'_>) -> Result<Secret<String>, VaultError> {
        let CardValue { cvk, pan, expiry, code } = *request;
        let key = self.triple_des(CardKeyRole::CardVerification, cvk.generation)?;
        let value = values::card_value(key, cvk.order, pan, expiry, code)?;
        Ok(Secret::new(value.to_string()))
    }

    /// See [`CardCrypto::verify_card_value`].
    pub(super) fn verify_card_value(
        &self,
        request: &CardValue<'_>,
        presented: &str,
    ) -> Result<bool, VaultError> {
        let right = self.card_value(request)?;
        Ok(right.expose().as_bytes().ct_eq(presented.as_bytes()).into())
    }
}
