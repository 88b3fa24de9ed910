//! Making enrolment codes.

use super::super::error::PasskeyError;
use super::super::model::{self, CodeTerms, EnrolmentCode, Person};
use super::super::{events, store};
use super::sign_in::concerning;
use kernel::{Actor, Channel, Random};
use platform::access::Role;
use platform::audit::Entry;
use platform::db::Db;

/// Makes a code with which `whose` can make a passkey; earlier ones that were not used stop working. The text is
/// nowhere else: show it once.
///
/// # Errors
/// [`PasskeyError::Absent`] for who can have no passkey, [`PasskeyError::Code`] for oneself.
pub async fn new_code(
    db: &Db,
    random: &dyn Random,
    whose: Actor,
    terms: CodeTerms,
    (by, channel): (Actor, Channel),
) -> Result<EnrolmentCode, PasskeyError> {
    let person = Person::of(whose).ok_or(PasskeyError::Absent)?;
    if by == whose {
        // A code is somebody else's word for who one is.
        return Err(PasskeyError::Code);
    }
    let text = model::new_code(random);
    let read = model::read_code(text.expose()).ok_or(PasskeyError::Code)?;
    let now = db.clock().now();
    let until = now.plus_us(terms.life_us);
    let mut write = db.write().await?;
    store::withdraw_codes_in_tx(&mut write, person, now).await?;
    let made_by = by.to_string();
    let new = store::NewCode {
        code_hash: &model::code_hash(&read),
        person,
        made_by: &made_by,
        made_at: now,
        from: now,
        until,
    };
    store::insert_code_in_tx(&mut write, &new).await?;
    let entry = Entry::new(by, channel, events::CODE_MADE).subject(whose);
    let entry = entry.detail(serde_json::json!({ "until": until.us() }));
    write.commit(concerning(entry, person)).await?;
    Ok(EnrolmentCode { text, until })
}

/// Whether no administrator can sign in: then the console may make a code for one.
pub async fn lacks_administrator(db: &Db) -> Result<bool, PasskeyError> {
    Ok(!store::any_of_role(db, Role::Administrator.word()).await?)
}
