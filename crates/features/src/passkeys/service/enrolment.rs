//! Making a passkey: a further one in an open session, or a first one with a code that was printed or came by letter.
//!
//! A new passkey is a changed factor: every session of its owner ends, and the browser it was made in gets a new token.
//! So whoever had come in before, by whatever way, is out. One that is made with a code ends all that were there before. A
//! cardholder's further passkey waits for a signature of one that they have. Of each of a colleague's but the first an alarm
//! tells: colleagues have no inbox, so those who watch over alarms ask them whether it was they.

use super::super::error::PasskeyError;
use super::super::messages::{self, notice};
use super::super::model::{
    CEREMONY_LIFE_US, FirstCode, NAME_CHARS_MAX, PASSKEYS_MAX, Passkey, Person, Purpose, code_hash,
    crosses_origins, is_letter, read_code,
};
use super::super::{events, rules, store};
use super::sign_in::{concerning, identity, library, own_session, plain, text, unreadable};
use super::signed::ask_to_add;
use super::{Asked, For, Site, ask, credential_hash, note_refusal};
use crate::accounts::Accounts;
use crate::identity::{Coming, Identity, Proof, ProofKind};
use crate::messages::send_in_tx;
use crate::staff::{AlarmKind, raise_in_tx};
use kernel::{Actor, Channel, DeviceId, MINUTE_US, Secret, SessionId};
use platform::access::{
    AccessLost, Assurance, Caller, Opened, Role, Token, end_access_in_tx, end_session_of_in_tx,
    end_sessions_of_in_tx, find_staff, renew_session_in_tx,
};
use platform::app::App;
use platform::audit::Entry;
use platform::db::Write;
use platform::http::problem::Problem;
use platform::i18n::Locale;
use platform::keys::PersonKeys;
use platform::text::FreeText;
use serde_json::{Value, json};
use vault::Place;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Credential as Internals, PasskeyRegistration, RegisterPublicKeyCredential,
};

/// How old the proof may be with which a colleague adds a passkey, microseconds.
pub(in super::super) const PROOF_US: i64 = 5 * MINUTE_US;

/// What an authenticator made, as it came.
pub(in super::super) struct Made {
    /// The ceremony that it answers.
    pub(in super::super) ceremony: Token,
    /// The new credential.
    pub(in super::super) credential: RegisterPublicKeyCredential,
    /// What its owner calls it; may be empty.
    pub(in super::super) name: FreeText,
    /// The browser, in words.
    pub(in super::super) agent: Option<String>,
}

/// Begins to make a further passkey for the caller.
pub(in super::super) async fn begin_enrolment(app: &App, caller: &Caller) -> Result<Asked, PasskeyError> {
    let (person, session) = own_session(caller)?;
    if !may_add(app, caller, PROOF_US).await? {
        return Err(PasskeyError::ProveFirst);
    }
    let whom = For { person: Some(person), session: Some(session), code_hash: None };
    begin(app, Purpose::Enrolment, caller.locale, person, whom).await
}

/// Whether the caller may add a passkey now, after what they proved within `proof_us`. Cardholders sign for it with one that
/// they have. At the desk nothing is signed, so somebody in an open session must have answered with a passkey just before;
/// who has none there gets a code.
pub(in super::super) async fn may_add(
    app: &App,
    caller: &Caller,
    proof_us: i64,
) -> Result<bool, PasskeyError> {
    let (person, session) = own_session(caller)?;
    if person.customer().is_some() {
        return Ok(true);
    }
    let by_key = |proof: &Proof| {
        let is_key = matches!(proof.kind, ProofKind::Passkey | ProofKind::DevicePasskey);
        is_key && app.now().since_us(proof.at) <= proof_us
    };
    Ok(identity(app)?.proofs_of(session).await?.iter().any(by_key))
}

/// Begins to make a first passkey for the owner of a code, which stays good until the passkey is kept.
pub(in super::super) async fn begin_activation(
    app: &App,
    typed: &Secret<String>,
    locale: Locale,
) -> Result<Asked, PasskeyError> {
    let Some((person, code)) = owner_of(app, typed).await? else { return Err(PasskeyError::Code) };
    let whom = For { person: Some(person), session: None, code_hash: Some(code.to_string()) };
    begin(app, Purpose::Activation, locale, person, whom).await
}

/// Whose a code is, printed or by letter, while it works. What is none is written down.
async fn owner_of(app: &App, typed: &Secret<String>) -> Result<Option<(Person, FirstCode)>, PasskeyError> {
    if is_letter(typed.expose()) {
        // Identity writes down what is none.
        let waiting = identity(app)?.activation_of(typed).await?;
        return Ok(waiting.map(|code| (Person::Cardholder(code.customer), FirstCode::Letter(code.mark))));
    }
    let hash = read_code(typed.expose()).map(|code| code_hash(&code));
    let owner = match &hash {
        Some(hash) => store::owner_of_code(&app.db, hash, app.now()).await?,
        None => None,
    };
    if owner.is_none() {
        note_code(app).await?;
    }
    Ok(owner.zip(hash.map(FirstCode::Printed)))
}

async fn begin(
    app: &App,
    purpose: Purpose,
    locale: Locale,
    person: Person,
    whom: For,
) -> Result<Asked, PasskeyError> {
    let site = Site::of(app, locale)?;
    // What is made with a code takes the place of all that were there, also on the device that had one.
    let held = match purpose {
        Purpose::Activation => Vec::new(),
        _ => store::passkeys_of(&app.db, person).await?,
    };
    if held.len() >= PASSKEYS_MAX {
        return Err(PasskeyError::TooMany);
    }
    let known = held.iter().map(|held| held.passkey.credential.cred_id().clone()).collect();
    let name = name_of(app, person, locale).await?;
    let begun = site.webauthn.start_passkey_registration(person.handle(), &name, &name, Some(known));
    let (options, state) = begun.map_err(library)?;
    ask(app, purpose, whom, discoverable(&options)?, text(&state)?).await
}

/// The options, asking for a passkey that is found without naming its owner: signing in asks for no name.
fn discoverable(options: &CreationChallengeResponse) -> Result<Value, PasskeyError> {
    let mut options = plain(options)?;
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "required".into();
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = true.into();
    Ok(options)
}

/// What authenticators show beside the passkey.
async fn name_of(app: &App, person: Person, locale: Locale) -> Result<String, PasskeyError> {
    match person {
        Person::Cardholder(id) => {
            let customer = Accounts::of(app).customer(id).await;
            let customer = customer.map_err(|error| PasskeyError::Library(error.to_string()))?;
            Ok(customer.ok_or(PasskeyError::Absent)?.shown_name(locale))
        }
        Person::Staff(id) => {
            let staff = find_staff(&app.db, id).await?.filter(|staff| staff.active);
            Ok(staff.ok_or(PasskeyError::Code)?.name.reveal().to_owned())
        }
    }
}

/// What becomes of a new passkey.
pub(in super::super) enum Enrolled {
    /// It works, and the session has a new token.
    Works(Box<Opened>),
    /// It waits for a signature, which is given there.
    Waits(String),
}

/// Keeps the caller's new passkey. A cardholder who has one already signs for it first; otherwise every other session of
/// theirs ends, and this one is renewed.
pub(in super::super) async fn finish_enrolment(
    app: &App,
    caller: &Caller,
    made: &Made,
) -> Result<Enrolled, Problem> {
    let (person, session) = own_session(caller)?;
    let (passkey, credential) = checked(app, Purpose::Enrolment, caller.locale, made).await?;
    let passkey = Passkey { made_assurance: caller.assurance, ..passkey };
    if passkey.person != person || credential.session != Some(session) {
        return Err(refuse(app, made, Some(person), "another_person").await?.into());
    }
    // Its question was asked after such a proof.
    if !may_add(app, caller, PROOF_US + CEREMONY_LIFE_US).await? {
        return Err(PasskeyError::ProveFirst.into());
    }
    if person.customer().is_some() && !store::passkeys_of(&app.db, person).await?.is_empty() {
        return keep_waiting(app, caller, made, (passkey, credential)).await;
    }
    let opened = keep_working(app, caller, made, (passkey, credential)).await?;
    Ok(Enrolled::Works(Box::new(opened)))
}

/// Keeps a further passkey of a cardholder that opens nothing yet, and asks them to sign for it.
async fn keep_waiting(
    app: &App,
    caller: &Caller,
    made: &Made,
    (passkey, credential): (Passkey, New),
) -> Result<Enrolled, Problem> {
    let person = passkey.person;
    let sealed = seal_name(app, person, passkey.id, &made.name).await?;
    let credential = New { waiting: true, ..credential };
    let mut write = app.db.write().await?;
    if !keep(&mut write, made, &passkey, &credential, sealed.as_deref()).await? {
        write.rollback().await?;
        return Err(refuse(app, made, Some(person), "used_before").await?.into());
    }
    let entry = caller.entry(events::MADE).subject(passkey.id).detail(facts(&passkey));
    write.commit(concerning(entry, person)).await?;
    let asked = ask_to_add(app, caller, &passkey, (made.name.reveal(), &credential.hash)).await?;
    // Without an address nobody could sign, and the passkey stays without use: safe, and it says so.
    Ok(Enrolled::Waits(asked.address().ok_or(PasskeyError::NotAdded("nothing_to_sign_with"))?))
}

/// Keeps a passkey that works at once.
async fn keep_working(
    app: &App,
    caller: &Caller,
    made: &Made,
    (passkey, credential): (Passkey, New),
) -> Result<Opened, PasskeyError> {
    let (person, session) = own_session(caller)?;
    let sealed = seal_name(app, person, passkey.id, &made.name).await?;
    let notice = notice(app, person, &messages::ADDED, &passkey.made_with).await?;
    let mut write = app.db.write().await?;
    if !keep(&mut write, made, &passkey, &credential, sealed.as_deref()).await? {
        write.rollback().await?;
        return Err(refuse(app, made, Some(person), "used_before").await?);
    }
    end_sessions_of_in_tx(&mut write, caller.actor, Some(session)).await?;
    let Some(renewed) = renew_session_in_tx(&mut write, &*app.random, session).await? else {
        // What is answered as refused is not done.
        write.rollback().await?;
        return Err(PasskeyError::Refused("session_ended"));
    };
    alarm_in_tx(&mut write, person).await?;
    if let Some(notice) = &notice {
        send_in_tx(&mut write, notice).await?;
    }
    let entry = caller.entry(events::ENROLLED).subject(passkey.id).detail(facts(&passkey));
    write.commit(concerning(entry, person)).await?;
    Ok(renewed)
}

/// Keeps a passkey made with a code, uses the code up, ends every earlier passkey, and signs its owner in.
pub(in super::super) async fn finish_activation(
    app: &App,
    locale: Locale,
    made: &Made,
    replaces: Option<(Actor, SessionId)>,
) -> Result<Opened, PasskeyError> {
    let (passkey, credential) = checked(app, Purpose::Activation, locale, made).await?;
    let person = passkey.person;
    let role = match person {
        Person::Cardholder(_) => Role::Cardholder,
        Person::Staff(id) => {
            let staff = find_staff(&app.db, id).await?.filter(|staff| staff.active);
            staff.ok_or(PasskeyError::Code)?.role
        }
    };
    let sealed = seal_name(app, person, passkey.id, &made.name).await?;
    let notice = notice(app, person, &messages::ADDED, &passkey.made_with).await?;
    let identity = identity(app)?;
    let now = app.now();
    let by_code = Proof { kind: ProofKind::ActivationCode, at: now, channel: person.channel(), device: None };
    let coming = Coming {
        actor: person.actor(),
        role,
        proofs: &[by_code, rules::proof_by(&passkey, now)],
        agent: made.agent.clone(),
        risk: identity.risk(person.actor()).await?,
    };
    let mut write = app.db.write().await?;
    let is_first = store::is_first_in_tx(&mut write, person).await?;
    let code = credential.code_hash.as_deref().unwrap_or_default();
    let whole = use_code_in_tx(&identity, &mut write, code, person).await?
        && take_the_place(app, &mut write, made, (&passkey, &credential), sealed.as_deref()).await?;
    if !whole {
        write.rollback().await?;
        return Err(refuse(app, made, Some(person), "used_before").await?);
    }
    if !is_first {
        alarm_in_tx(&mut write, person).await?;
    }
    if let Some((actor, session)) = replaces {
        end_session_of_in_tx(&mut write, actor, session).await?;
    }
    end_sessions_of_in_tx(&mut write, person.actor(), None).await?;
    if let Some(notice) = &notice {
        send_in_tx(&mut write, notice).await?;
    }
    let opened = identity.open_in_tx(&mut write, &*app.random, &coming).await?;
    let (opened, entry) = opened.ok_or(PasskeyError::NotAdded("nobody"))?;
    let enrolled = Entry::new(person.actor(), person.channel(), events::ENROLLED).subject(passkey.id);
    write.also(concerning(enrolled.detail(facts(&passkey)), person)).await?;
    write.commit(concerning(entry, person)).await?;
    Ok(opened)
}

/// What goes into the table beside the passkey.
struct New {
    hash: String,
    text: String,
    session: Option<SessionId>,
    code_hash: Option<String>,
    waiting: bool,
}

/// The new passkey, when everything about the answer is right.
async fn checked(
    app: &App,
    purpose: Purpose,
    locale: Locale,
    made: &Made,
) -> Result<(Passkey, New), PasskeyError> {
    if made.name.chars() > NAME_CHARS_MAX {
        return Err(PasskeyError::Name);
    }
    let site = Site::of(app, locale)?;
    let ceremony = store::ceremony(&app.db, made.ceremony.hash().as_str(), purpose, app.now()).await?;
    let begun = ceremony.and_then(|ceremony| Some((ceremony.person?, ceremony)));
    let Some((person, ceremony)) = begun else { return Err(refuse(app, made, None, "ceremony").await?) };
    let state: PasskeyRegistration = serde_json::from_str(&ceremony.state).map_err(unreadable)?;
    let alone = crosses_origins(&made.credential.response.client_data_json) == Some(false);
    let credential = match site.webauthn.finish_passkey_registration(&made.credential, &state) {
        Ok(credential) if alone => credential,
        Ok(_) => return Err(refuse(app, made, Some(person), "cross_origin").await?),
        Err(error) => {
            tracing::debug!(%error, "a new passkey was refused");
            return Err(refuse(app, made, Some(person), "not_as_asked").await?);
        }
    };
    let new = New {
        hash: credential_hash(credential.cred_id()),
        text: text(&credential)?,
        session: ceremony.session,
        code_hash: ceremony.code_hash,
        waiting: false,
    };
    let inside = Internals::from(credential.clone());
    let passkey = Passkey {
        id: DeviceId::mint(app.ids(), app.now()),
        person,
        can_sync: inside.backup_eligible,
        counter: inside.counter,
        credential,
        name: None,
        made_with: made.agent.clone().unwrap_or_default(),
        made_at: app.now(),
        // A code by letter, from a branch or from an administrator, after its delay.
        made_assurance: Assurance::TWO,
        used_at: None,
    };
    Ok((passkey, new))
}

/// Tells those who watch over alarms of a colleague's new passkey: whoever made it has the account.
async fn alarm_in_tx(write: &mut Write, person: Person) -> Result<(), PasskeyError> {
    match person {
        Person::Staff(staff) => Ok(raise_in_tx(write, AlarmKind::Passkey, staff, None).await?),
        Person::Cardholder(_) => Ok(()),
    }
}

/// Keeps a passkey that was made with a code instead of all before it: whoever comes back by a code has lost what they
/// had, and a phone that is gone opens nothing any more, nor comes anything of what was asked for with it.
async fn take_the_place(
    app: &App,
    write: &mut Write,
    made: &Made,
    (passkey, new): (&Passkey, &New),
    sealed_name: Option<&[u8]>,
) -> Result<bool, PasskeyError> {
    let person = passkey.person;
    let lost = AccessLost { whose: person.actor(), by: person.actor(), channel: person.channel() };
    end_access_in_tx(app, write, lost).await?;
    keep(write, made, passkey, new, sealed_name).await
}

/// Uses the ceremony up and adds the passkey; says whether both could be done.
async fn keep(
    write: &mut Write,
    made: &Made,
    passkey: &Passkey,
    new: &New,
    sealed_name: Option<&[u8]>,
) -> Result<bool, PasskeyError> {
    if !store::use_ceremony_in_tx(write, made.ceremony.hash().as_str()).await? {
        return Ok(false);
    }
    let row = store::NewPasskey {
        passkey,
        credential_hash: &new.hash,
        credential: &new.text,
        sealed_name,
        waiting: new.waiting,
    };
    Ok(store::insert_passkey_in_tx(write, &row).await?)
}

/// The name, sealed under its owner's key; colleagues' passkeys have none, nor has one without words.
pub(super) async fn seal_name(
    app: &App,
    person: Person,
    id: DeviceId,
    name: &FreeText,
) -> Result<Option<Vec<u8>>, PasskeyError> {
    let Some(customer) = person.customer().filter(|_| name.chars() > 0) else { return Ok(None) };
    let sealed = PersonKeys::of(app).seal(customer, place(id), name.reveal().as_bytes()).await?;
    Ok(Some(sealed))
}

/// Where a name is sealed to.
pub(super) fn place(id: DeviceId) -> Place<'static> {
    Place { table: "passkeys", row: id.raw(), column: "name" }
}

fn facts(passkey: &Passkey) -> Value {
    json!({ "can_sync": passkey.can_sync, "assurance": passkey.made_assurance.level() })
}

async fn refuse(
    app: &App,
    made: &Made,
    person: Option<Person>,
    word: &'static str,
) -> Result<PasskeyError, PasskeyError> {
    let channel = person.map_or(Channel::App, Person::channel);
    let mut entry =
        Entry::new(Actor::Nobody, channel, events::REFUSED).detail(json!({ "why": word })).refused();
    if let Some(person) = person {
        entry = concerning(entry.subject(person.actor()), person);
    }
    note_refusal(app, &made.ceremony, entry, None).await?;
    Ok(PasskeyError::NotAdded(word))
}

/// Uses the code up with which a ceremony began; says whether it still worked for this person.
async fn use_code_in_tx(
    identity: &Identity,
    write: &mut Write,
    code: &str,
    person: Person,
) -> Result<bool, PasskeyError> {
    match FirstCode::from_text(code) {
        Some(FirstCode::Letter(mark)) => {
            let used = identity.use_activation_in_tx(write, &mark).await?;
            Ok(used.is_some_and(|customer| Person::Cardholder(customer) == person))
        }
        Some(FirstCode::Printed(hash)) => {
            let now = write.now();
            Ok(store::use_code_in_tx(write, &hash, now).await?)
        }
        None => Ok(false),
    }
}

/// Writes down that a code was tried; whose it was meant to be is not known, and what was typed is not kept.
async fn note_code(app: &App) -> Result<(), PasskeyError> {
    let entry = Entry::new(Actor::Nobody, Channel::App, events::CODE_REFUSED).refused();
    Ok(platform::audit::record(&app.db, entry).await?)
}
