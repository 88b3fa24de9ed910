# 本人資料及其變更
changes-nav = 資料
changes-title = 我的資料
changes-list = 變更
changes-none = 沒有變更
changes-none-text = 簽署的變更會連同日期顯示在這裡。
changes-change = 更改
changes-back = 全部資料
changes-field-phone = 手機號碼
changes-field-email = 電子郵箱
changes-field-address = 通訊地址
changes-field-language = 語言
changes-field-name = 姓名
changes-field-document = 身分證件
changes-new-phone = 新手機號碼
changes-new-email = 新電子郵箱
changes-new-street = 街道與門牌
changes-new-city = 城市
changes-hint-phone = 以 + 和國家代碼開頭
changes-hint-email = 您必須能收到郵件
changes-hint-street = 4 到 300 個字元
changes-hint-city = 國家保持不變。遷往其他國家須到分行辦理。
changes-next = 查看變更內容
changes-form-note = 下一步不會更改任何資料。您會看到將發生什麼，以及何時發生。
changes-preview = 這項變更的內容
changes-before = 現在
changes-after = 變更後
changes-effect-now = 立即更改。您可以隨時改回。
changes-effect-wait = 將於 { $due } 生效，不會提前。
changes-effect-phone = 自 { $due } 起，驗證碼和來電只發往新號碼。
changes-effect-email = 自 { $due } 起，郵件只發往新郵箱。
changes-effect-address = 自 { $due } 起，信件和卡片只寄往新地址。
changes-effect-sessions = { $due } 時所有瀏覽器都會登出，包括這一個。您的通行密鑰保留。
changes-effect-notices = 我們現在就會通知您現有的聯絡方式和新的聯絡方式。
changes-effect-stop = 在 { $due } 之前，您可以在這裡或用通知中的代碼停止它。
changes-effect-undo = 在 { $until } 之前，您可以撤銷：一切恢復為今天的樣子。
changes-longer = 等待時間更長，因為：
changes-sign-new-device = 您有一個通行密鑰是新的
changes-sign-recovery = 用於重新開通的信件代碼正在途中
changes-sign-wrong-tries = 您的一項驗證曾被錯誤嘗試
changes-sign-other-change = 您的其他資料也在同時變更
changes-sign-known-value = 我們會更仔細地核對新內容
changes-go-sign = 前往簽署
changes-save = 更改
changes-stop = 停止這項變更
changes-undo = 撤銷這項變更
changes-undo-device = 要撤銷它，請用這項變更之前您已有的通行密鑰登入。如果沒有，請攜帶證件到分行辦理。
changes-receipt = 簽名與回執
changes-disowned = 有人用通知中的代碼表示這不是本人意願。如果不是您本人操作，請撤銷。在撤銷之前或可撤銷期結束之前，您的其他資料都不能更改。
changes-step-signed = 已簽署
changes-step-waiting = 等待中
changes-step-made = 已生效
changes-step-stopped = 已停止
changes-step-overtaken = 未生效：資料已另有更改
changes-step-undo = 可以撤銷
changes-step-undone = 已撤銷
changes-step-final = 已確定
changes-step-from = 自 { $when }
changes-step-until = 至 { $when }
changes-told-stopped = 變更已停止。資料沒有更改，其他瀏覽器已登出。
changes-told-made = 變更已經生效。所有瀏覽器已登出，正在等待的變更已停止。帳戶本人用變更之前已有的通行密鑰登入後，可在應用程式的「我的資料」中撤銷。
changes-told-over = 這項變更已無法停止或撤銷。請致電我們。
changes-told-wrong = 這不是我們的代碼，或已過期。請再核對通知。
changes-told-signed = 已簽署，正在等待；我們已通知您的新舊聯絡方式。
changes-told-done = 已更改。
changes-told-undone = 已撤銷。一切如初；此後登入的瀏覽器和新增的通行密鑰均已終止。
changes-not-me = 不是我本人
changes-not-me-text = 我們通知了一項您不知情的變更？請輸入通知中的代碼。它會停止變更，並讓該帳戶的所有瀏覽器登出。它不會顯示任何內容，也不會恢復已經生效的變更：那由帳戶本人在應用程式中撤銷。
changes-not-me-code = 通知中的代碼
changes-not-me-hint = 16 位字母和數字，例如 AAAA-BBBB-CCCC-DDDD
changes-not-me-act = 停止變更
changes-evidence = 這項資料不能在應用程式中更改：我們必須看到您的證件，以免他人輕易冒充您。
changes-evidence-how = 請攜帶證件到分行或透過視訊出示。一位同事查驗，另一位同事批准。辦理時不需要您的手機。
changes-evidence-appeal = 如果我們拒絕，會在十天內告知原因，您可以要求由其他人重新決定。
changes-no-device = 這需要用已屬於您一天以上的通行密鑰簽署。請在「安全」中設定，或攜帶證件到分行辦理。
changes-too-many = 您今天查看的新號碼和新郵箱已達上限。請明天再試。
changes-waits = 已有一項同類變更在等待。請先停止它。
changes-disputed = 收到通知的人表示您上一項變更並非本人意願。請撤銷它，或等到它不能再撤銷後重新申請。
changes-remedy-phone-shape = 手機號碼以 + 和國家代碼開頭，位數須符合該國規定。
changes-remedy-phone-mobile = 我們會向它傳送驗證碼，所以必須是行動電話號碼。
changes-remedy-email-shape = 電子郵箱由名稱、一個 @ 和網域組成，例如 ming@post.example。
changes-remedy-address-shape = 街道為 4 到 300 個字元，城市為 1 到 100 個字元，且都含有文字。
changes-remedy-name-script = 姓名只能含文字；拉丁寫法只能含拉丁字母。
changes-remedy-document-digits = 檢查碼不符。請逐位對照證件。
changes-remedy-same = 這與我們現有的資料相同。
changes-sign = 更改您的一項資料
changes-sign-what = 資料
changes-sign-from = 現在
changes-sign-to = 變更後
changes-sign-not-before = 最早生效
changes-sign-undo-until = 可撤銷至
changes-message-waiting-title = 有人申請了變更
changes-message-waiting = 一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }將於 { $due } 變更。如果不是您本人，請開啟我們的網站，選擇「不是我本人」並輸入 { $stop }。我們絕不會向您索要此代碼。
changes-message-made-title = 變更已生效
changes-message-made = 一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }已變更。如果不是您本人，請在 { $until } 前用變更之前已有的通行密鑰登入，在應用程式的「我的資料」中撤銷，或在我們的網站輸入首次通知中的代碼。
changes-message-stopped-title = 變更已停止
changes-message-stopped = 一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }變更已停止。資料沒有更改。
changes-message-overtaken-title = 變更未生效
changes-message-overtaken = 一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }沒有變更：在等待期間，原有資料已另有更改。
changes-message-language-title = 語言已更改
changes-message-language = 從現在起，我們會用另一種語言與您聯絡。如果不是您本人操作，請在應用程式的「我的資料」中改回，並在「安全」中結束您的工作階段。
changes-message-undone-title = 變更已撤銷
changes-message-undone = 一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }已恢復原樣。其他工作階段和變更後新增的通行密鑰均已終止，正在等待的變更已停止。
changes-message-disowned-title = 有人表示：不是我本人
changes-message-disowned = 收到通知的人表示，一個帳戶的{ $field ->
    [phone] 手機號碼
    [email] 電子郵箱
    [address] 通訊地址
   *[other] 資料
 }變更並非本人意願。所有瀏覽器已登出，正在等待的變更已停止。如果不是您本人變更的，請在 { $until } 前於應用程式中撤銷。如果是您本人，變更保持有效；在此之前您的其他資料都不能更改。
audit-changes-requested = { $actor } 申請了變更 { $subject }
audit-changes-previewed = { $actor } 查看了一項變更的影響
audit-changes-signed = { $actor } 簽署了變更 { $subject }，正在等待
audit-changes-made = 變更 { $subject } 已生效
audit-changes-settled = 變更 { $subject } 已不能撤銷
audit-changes-stopped = { $actor } 停止了變更 { $subject }
audit-changes-undone = { $actor } 撤銷了變更 { $subject }
audit-changes-overtaken = 變更 { $subject } 未生效：原有資料已另有更改
audit-changes-disowned = 有人用通知中的代碼對變更 { $subject } 表示：不是我本人
audit-changes-alarmed = 變更 { $subject } 與其他變更合在一起像是盜用
audit-changes-read = { $actor } 查看了 { $subject } 的變更
audit-changes-checked = { $actor } 檢查了一項資料
