# 本人资料及其变更
changes-nav = 资料
changes-title = 我的资料
changes-list = 变更
changes-none = 没有变更
changes-none-text = 签署的变更会连同日期显示在这里。
changes-change = 更改
changes-back = 全部资料
changes-field-phone = 手机号码
changes-field-email = 电子邮箱
changes-field-address = 通讯地址
changes-field-language = 语言
changes-field-name = 姓名
changes-field-document = 身份证件
changes-new-phone = 新手机号码
changes-new-email = 新电子邮箱
changes-new-street = 街道与门牌
changes-new-city = 城市
changes-hint-phone = 以 + 和国家代码开头
changes-hint-email = 您必须能收到邮件
changes-hint-street = 4 到 300 个字符
changes-hint-city = 国家保持不变。迁往其他国家须到网点办理。
changes-next = 查看变更内容
changes-form-note = 下一步不会更改任何资料。您会看到将发生什么，以及何时发生。
changes-preview = 这项变更的内容
changes-before = 现在
changes-after = 变更后
changes-effect-now = 立即更改。您可以随时改回。
changes-effect-wait = 将于 { $due } 生效，不会提前。
changes-effect-phone = 自 { $due } 起，验证码和来电只发往新号码。
changes-effect-email = 自 { $due } 起，邮件只发往新邮箱。
changes-effect-address = 自 { $due } 起，信件和卡片只寄往新地址。
changes-effect-sessions = { $due } 时所有浏览器都会退出登录，包括这一个。您的通行密钥保留。
changes-effect-notices = 我们现在就会通知您现有的联系方式和新的联系方式。
changes-effect-stop = 在 { $due } 之前，您可以在这里或用通知中的代码停止它。
changes-effect-undo = 在 { $until } 之前，您可以撤销：一切恢复为今天的样子。
changes-longer = 等待时间更长，因为：
changes-sign-new-device = 您有一个通行密钥是新的
changes-sign-recovery = 用于重新开通的信件代码正在途中
changes-sign-wrong-tries = 您的一项验证曾被错误尝试
changes-sign-other-change = 您的其他资料也在同时变更
changes-sign-known-value = 我们会更仔细地核对新内容
changes-go-sign = 前往签署
changes-save = 更改
changes-stop = 停止这项变更
changes-undo = 撤销这项变更
changes-undo-device = 要撤销它，请用这项变更之前您已有的通行密钥登录。如果没有，请携带证件到网点办理。
changes-receipt = 签名与回执
changes-disowned = 有人用通知中的代码表示这不是本人意愿。如果不是您本人操作，请撤销。在撤销之前或可撤销期结束之前，您的其他资料都不能更改。
changes-step-signed = 已签署
changes-step-waiting = 等待中
changes-step-made = 已生效
changes-step-stopped = 已停止
changes-step-overtaken = 未生效：资料已另有更改
changes-step-undo = 可以撤销
changes-step-undone = 已撤销
changes-step-final = 已确定
changes-step-from = 自 { $when }
changes-step-until = 至 { $when }
changes-told-stopped = 变更已停止。资料没有更改，其他浏览器已退出登录。
changes-told-made = 变更已经生效。所有浏览器已退出登录，正在等待的变更已停止。账户本人用变更之前已有的通行密钥登录后，可在应用的“我的资料”中撤销。
changes-told-over = 这项变更已无法停止或撤销。请致电我们。
changes-told-wrong = 这不是我们的代码，或已过期。请再核对通知。
changes-told-signed = 已签署，正在等待；我们已通知您的新旧联系方式。
changes-told-done = 已更改。
changes-told-undone = 已撤销。一切如初；此后登录的浏览器和新增的通行密钥均已终止。
changes-not-me = 不是我本人
changes-not-me-text = 我们通知了一项您不知情的变更？请输入通知中的代码。它会停止变更，并让该账户的所有浏览器退出登录。它不会显示任何内容，也不会恢复已经生效的变更：那由账户本人在应用中撤销。
changes-not-me-code = 通知中的代码
changes-not-me-hint = 16 位字母和数字，例如 AAAA-BBBB-CCCC-DDDD
changes-not-me-act = 停止变更
changes-evidence = 这项资料不能在应用中更改：我们必须看到您的证件，以免他人轻易冒充您。
changes-evidence-how = 请携带证件到网点或通过视频出示。一位同事查验，另一位同事批准。办理时不需要您的手机。
changes-evidence-appeal = 如果我们拒绝，会在十天内告知原因，您可以要求由其他人重新决定。
changes-no-device = 这需要用已属于您一天以上的通行密钥签署。请在“安全”中设置，或携带证件到网点办理。
changes-too-many = 您今天查看的新号码和新邮箱已达上限。请明天再试。
changes-waits = 已有一项同类变更在等待。请先停止它。
changes-disputed = 收到通知的人表示您上一项变更并非本人意愿。请撤销它，或等到它不能再撤销后重新申请。
changes-remedy-phone-shape = 手机号码以 + 和国家代码开头，位数须符合该国规定。
changes-remedy-phone-mobile = 我们会向它发送验证码，所以必须是移动电话号码。
changes-remedy-email-shape = 电子邮箱由名称、一个 @ 和域名组成，例如 ming@post.example。
changes-remedy-address-shape = 街道为 4 到 300 个字符，城市为 1 到 100 个字符，且都含有文字。
changes-remedy-name-script = 姓名只能含文字；拉丁写法只能含拉丁字母。
changes-remedy-document-digits = 校验码不符。请逐位对照证件。
changes-remedy-same = 这与我们现有的资料相同。
changes-sign = 更改您的一项资料
changes-sign-what = 资料
changes-sign-from = 现在
changes-sign-to = 变更后
changes-sign-not-before = 最早生效
changes-sign-undo-until = 可撤销至
changes-message-waiting-title = 有人申请了变更
changes-message-waiting = 一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }将于 { $due } 变更。如果不是您本人，请打开我们的网站，选择“不是我本人”并输入 { $stop }。我们绝不会向您索要此代码。
changes-message-made-title = 变更已生效
changes-message-made = 一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }已变更。如果不是您本人，请在 { $until } 前用变更之前已有的通行密钥登录，在应用的“我的资料”中撤销，或在我们的网站输入首次通知中的代码。
changes-message-stopped-title = 变更已停止
changes-message-stopped = 一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }变更已停止。资料没有更改。
changes-message-overtaken-title = 变更未生效
changes-message-overtaken = 一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }没有变更：在等待期间，原有资料已另有更改。
changes-message-language-title = 语言已更改
changes-message-language = 从现在起，我们会用另一种语言与您联系。如果不是您本人操作，请在应用的“我的资料”中改回，并在“安全”中结束您的会话。
changes-message-undone-title = 变更已撤销
changes-message-undone = 一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }已恢复原样。其他会话和变更后新增的通行密钥均已终止，正在等待的变更已停止。
changes-message-disowned-title = 有人表示：不是我本人
changes-message-disowned = 收到通知的人表示，一个账户的{ $field ->
    [phone] 手机号码
    [email] 电子邮箱
    [address] 通讯地址
   *[other] 资料
 }变更并非本人意愿。所有浏览器已退出登录，正在等待的变更已停止。如果不是您本人变更的，请在 { $until } 前于应用中撤销。如果是您本人，变更保持有效；在此之前您的其他资料都不能更改。
audit-changes-requested = { $actor } 申请了变更 { $subject }
audit-changes-previewed = { $actor } 查看了一项变更的影响
audit-changes-signed = { $actor } 签署了变更 { $subject }，正在等待
audit-changes-made = 变更 { $subject } 已生效
audit-changes-settled = 变更 { $subject } 已不能撤销
audit-changes-stopped = { $actor } 停止了变更 { $subject }
audit-changes-undone = { $actor } 撤销了变更 { $subject }
audit-changes-overtaken = 变更 { $subject } 未生效：原有资料已另有更改
audit-changes-disowned = 有人用通知中的代码对变更 { $subject } 表示：不是我本人
audit-changes-alarmed = 变更 { $subject } 与其他变更合在一起像是盗用
audit-changes-read = { $actor } 查看了 { $subject } 的变更
audit-changes-checked = { $actor } 检查了一项资料
