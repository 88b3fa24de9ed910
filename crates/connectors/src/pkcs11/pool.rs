//! A few sessions with a token, lent one at a time: a session does one thing at once.

use super::failed;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use kernel::Secret;
use std::{
    path::Path,
    sync::{Condvar, Mutex, PoisonError},
};
use vault::VaultError;

/// Sessions at most: as many calls run in the token at once.
const SESSIONS_MAX: usize = 8;

pub(super) struct Pool {
    context: Pkcs11,
    slot: Slot,
    pin: AuthPin,
    idle: Mutex<Idle>,
    returned: Condvar,
    // A token forgets who logged in when its last session ends; this one stays.
    _anchor: Mutex<Session>,
}

struct Idle {
    sessions: Vec<Session>,
    lent: usize,
}

impl Pool {
    pub(super) fn open(library: &Path, label: &str, pin: &Secret<String>) -> Result<Self, VaultError> {
        let context = Pkcs11::new(library).map_err(failed)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // By another module of this process: the library is one.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(error)),
        }
        let slot = slot(&context, label)?;
        let pin = AuthPin::new(pin.expose().as_str().into());
        let anchor = logged_in(&context, slot, &pin)?;
        let idle = Mutex::new(Idle { sessions: Vec::new(), lent: 0 });
        Ok(Self { context, slot, pin, idle, returned: Condvar::new(), _anchor: Mutex::new(anchor) })
    }

    /// Runs `work` with a session that nobody else has. A session with which something failed is not used again:
    /// the token may have been pulled out meanwhile.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let session = self.borrow();
        let session = match session {
            Some(session) => Ok(session),
            None => logged_in(&self.context, self.slot, &self.pin),
        };
        let done = session.and_then(|session| {
            let done = work(&session);
            Ok((done?, session))
        });
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.lent = idle.lent.saturating_sub(1);
        let done = done.map(|(done, session)| {
            idle.sessions.push(session);
            done
        });
        drop(idle);
        self.returned.notify_one();
        done
    }

    /// A place in the token, with a session if one is idle.
    fn borrow(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while idle.lent >= SESSIONS_MAX {
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
        idle.lent = idle.lent.saturating_add(1);
        idle.sessions.pop()
    }
}

fn slot(context: &Pkcs11, label: &str) -> Result<Slot, VaultError> {
    for slot in context.get_slots_with_token().map_err(failed)? {
        let token = context.get_token_info(slot).map_err(failed)?;
        if token.label().trim_end() == label {
            return Ok(slot);
        }
    }
    Err(VaultError::Token(format!("there is no token called {label}")))
}

fn logged_in(context: &Pkcs11, slot: Slot, pin: &AuthPin) -> Result<Session, VaultError> {
    let session = context.open_rw_session(slot).map_err(failed)?;
    match session.login(UserType::User, Some(pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(Error::Pkcs11(RvError::PinIncorrect, _)) => Err(VaultError::Token("its PIN is wrong".to_owned())),
        Err(error) => Err(failed(error)),
    }
}
