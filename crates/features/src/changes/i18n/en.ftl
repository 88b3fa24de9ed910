# One's own data and its changes
changes-nav = Details
changes-title = My details
changes-list = Changes
changes-none = No changes
changes-none-text = A change that was signed appears here, with its dates.
changes-change = Change
changes-back = All my details
changes-field-phone = Telephone number
changes-field-email = Mail address
changes-field-address = Postal address
changes-field-language = Language
changes-field-name = Name
changes-field-document = Identity document
changes-new-phone = New telephone number
changes-new-email = New mail address
changes-new-street = Street and house
changes-new-city = City
changes-hint-phone = With + and the country code first
changes-hint-email = You must be able to read it
changes-hint-street = 4 to 300 characters
changes-hint-city = Your country stays as it is. Moving to another country needs a branch.
changes-next = Show what it does
changes-form-note = Nothing is changed by the next step. You see what would happen, and when.
changes-preview = What this change does
changes-before = Now
changes-after = From then on
changes-effect-now = It is changed at once. You can change it back at any time.
changes-effect-wait = It is made on { $due }, and not before.
changes-effect-phone = From { $due } on, codes and calls go to the new number only.
changes-effect-email = From { $due } on, mail goes to the new address only.
changes-effect-address = From { $due } on, letters and cards go to the new address only.
changes-effect-sessions = On { $due } every browser is signed out, this one too. Your passkeys stay.
changes-effect-notices = We tell you now at the contacts that you have, and at the new one.
changes-effect-stop = Until { $due } you can stop it here, or with the code in our notice.
changes-effect-undo = Until { $until } you can undo it: all is then as it is today.
changes-longer = It waits longer because:
changes-sign-new-device = one of your passkeys is new
changes-sign-recovery = a code by letter for a new beginning is on its way
changes-sign-wrong-tries = one of your proofs was tried wrongly
changes-sign-other-change = other details of yours are changed at the same time
changes-sign-known-value = we look at the new value more closely
changes-go-sign = Go on to sign it
changes-save = Change it
changes-stop = Stop this change
changes-undo = Undo this change
changes-undo-device = To undo it, sign in with a passkey that you had before this change. Without one, come to a branch with your document.
changes-receipt = Signature and receipt
changes-disowned = Somebody with a code of our notices said that this was not wanted. Undo it if it was not you. Until it is undone, or can't be any more, nothing else of yours can be changed.
changes-step-signed = Signed
changes-step-waiting = It waits
changes-step-made = Made
changes-step-stopped = Stopped
changes-step-overtaken = Not made: the detail had changed meanwhile
changes-step-undo = It can be undone
changes-step-undone = Undone
changes-step-final = It stands
changes-step-from = from { $when }
changes-step-until = until { $when }
changes-told-stopped = The change is stopped. Nothing was changed, and other browsers were signed out.
changes-told-made = The change has been made already. Everybody was signed out, and changes that waited were stopped. Its owner can undo it in the app under My details, signed in with a passkey from before it.
changes-told-over = This change can't be stopped or undone any more. Call us.
changes-told-wrong = This is no code of ours, or its time is over. Look at the notice again.
changes-told-signed = Signed. It waits now; we have told you at the old and the new contact.
changes-told-done = It is changed.
changes-told-undone = Undone. All is as it was; other browsers and passkeys that came after it were ended.
changes-not-me = This was not me
changes-not-me-text = Did we tell you of a change that you do not know of? Type the code of our notice. It stops the change and signs everybody out of the account. It shows you nothing, and puts nothing back that was changed already: the owner does that in the app.
changes-not-me-code = Code of the notice
changes-not-me-hint = 16 letters and digits, such as AAAA-BBBB-CCCC-DDDD
changes-not-me-act = Stop the change
changes-evidence = This can't be changed in the app: we must see your document, so that nobody becomes you with a few clicks.
changes-evidence-how = Bring it to a branch or show it on video. One colleague looks at it and another one approves. You do not need your telephone for it.
changes-evidence-appeal = If we refuse, we tell you why within ten days, and you can ask for somebody else to decide.
changes-no-device = This is signed with a passkey that has been yours for a day. Set one up under Security, or come to a branch with your document.
changes-too-many = You have looked at as many new numbers and addresses as a day allows. Try again tomorrow.
changes-waits = A change of this waits already. Stop it first.
changes-disputed = Somebody with a notice of ours said of your last change that it was not wanted. Undo it, or wait until it can't be undone any more; then ask again.
changes-remedy-phone-shape = A telephone number begins with + and the country code and has as many digits as its country gives.
changes-remedy-phone-mobile = We send codes to it, so it must be a mobile number.
changes-remedy-email-shape = A mail address has a name, one @ and a domain, such as ming@post.example.
changes-remedy-address-shape = A street has 4 to 300 characters, a city 1 to 100, and there is a letter in both.
changes-remedy-name-script = A name has letters only; its Latin form has Latin letters only.
changes-remedy-document-digits = The check digit does not fit. Compare each digit with the document.
changes-remedy-same = This is what we have already.
changes-sign = Change a detail of yours
changes-sign-what = Which
changes-sign-from = Now
changes-sign-to = From then on
changes-sign-not-before = Not before
changes-sign-undo-until = Can be undone until
changes-message-waiting-title = A change was asked for
changes-message-waiting = The { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account is to change on { $due }. If this was not you, open our website, choose “This was not me” and type { $stop }. Nobody from us ever asks you for this code.
changes-message-made-title = A change was made
changes-message-made = The { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account was changed. If this was not you, undo it in the app under My details until { $until }, signed in with a passkey from before the change, or type the code of our first notice on our website.
changes-message-stopped-title = A change was stopped
changes-message-stopped = The change of the { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account was stopped. Nothing was changed.
changes-message-overtaken-title = A change was not made
changes-message-overtaken = The { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account was not changed: it had become another one while the change waited.
changes-message-language-title = The language was changed
changes-message-language = From now on we write to you in another language. If this was not you, change it back in the app under My details, and end your sessions under Security.
changes-message-undone-title = A change was undone
changes-message-undone = The { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account is again what it was. Other sessions and passkeys that came after the change were ended, and changes that waited were stopped.
changes-message-disowned-title = Somebody said: this was not me
changes-message-disowned = Somebody with our notice said that the change of the { $field ->
    [phone] telephone number
    [email] mail address
    [address] postal address
   *[other] data
 } of an account was not wanted. Every browser was signed out, and changes that waited were stopped. If it was not you who changed it, undo it in the app until { $until }. If it was you, it stays; until then nothing else of yours can be changed.
audit-changes-requested = { $actor } asked for change { $subject }
audit-changes-previewed = { $actor } looked at what a change would do
audit-changes-signed = { $actor } signed change { $subject }; it waits
audit-changes-made = Change { $subject } was made
audit-changes-settled = Change { $subject } can't be undone any more
audit-changes-stopped = { $actor } stopped change { $subject }
audit-changes-undone = { $actor } undid change { $subject }
audit-changes-overtaken = Change { $subject } was not made: what it started from had changed
audit-changes-disowned = Somebody with the code of a notice said of change { $subject }: this was not me
audit-changes-alarmed = Change { $subject } looks like a takeover together with others
audit-changes-read = { $actor } looked at the changes of { $subject }
audit-changes-checked = { $actor } had a value checked
