//! The words by which complaints are recognised, in lower case and simplified signs. A space stands for the end of a word.

/// What takes the words after it back.
#[rustfmt::skip]
pub(super) const DENYING: &[&str] = &[
    " never been ", " not been ", " not a ", " no ", " not ", " never ", " isn't a ", "n't ",
    " nothing to ", " without ", " not want to ", "n't want to ", " not going to ", "n't going to ",
    " not here to ", " how many ", " withdraw my ", " old ", "没有", "不想", "不是", "不要",
    "不是要", "不是来", "并不", "并非", "没", "不用", "无需", "撤回", "撤销", "取消", "从不", "不",
];

/// Asked for the case that it happens: nothing has.
#[rustfmt::skip]
pub(super) const SUPPOSING: &[&str] = &[
    " what if ", " what happens if ", " happens when ", " should i do if ", " if a ", " if i ",
    " if my ", " in case ", " can i be ", " could i be ", " will i be ", " would i be ", "如果",
    "假如", "要是", "万一", "会不会", "会被", "什么情况下",
];

/// They say that they complain, or to whom they will turn.
#[rustfmt::skip]
pub(super) const SAID: &[&str] = &[
    "an apology", "apologise to me", "apologize to me", "道歉", "要反映", "我要反映", "grievance",
    "compensation", "compensate", "complain", "ombudsman", "regulator", "my lawyer", "a lawyer",
    "solicitor", "sue you", "take you to court", "legal action", "small claims", "cfpb",
    "trading standards", "report you", "投诉", "申诉", "举报", "银保监", "金管局", "金融监管",
    "监管部门", "监管机构", "12378", "12363", "12315", "消协", "消费者协会", "消委会", "消保会",
    "评议中心", "律师", "起诉", "告你们", "法院", "曝光", "赔偿", "索赔", "补偿", "给个说法",
    "一个说法", "讨说法",
];

/// Something went wrong, in their eyes by us.
#[rustfmt::skip]
pub(super) const WRONG: &[&str] = &[
    "you closed my", "want my money back", "you keep", "you kept", "you people keep", "you refuse",
    "you cancelled", "you blocked", "you raised", "you cut", "you lowered", "you rejected",
    "you ignored", "you lost", "you messed", "you treated", "treated me", "treated my", "treats me",
    "shouted", "yelled", "insult", "swore", "laughed at", "with no warning", "without anybody",
    "without anyone", "was rejected without", "somebody will", "someone will call", "told somebody",
    "told someone", "never called", "never rang", "never replied", "never answered",
    "never came back", "nobody told", "wrong address", "wrong name", "wrong account", "justify",
    "whatsoever", "although i", "though i ", "was cut", "were cut", "cut off", "misinform",
    "misleading", "hidden fee", "hidden charge", "sneak", "trick", "害我", "害得", "害了", "难听",
    "没人负责", "没有人", "没结果", "没下文", "没有下文", "没有结果", "合法吗", "违法", "违规",
    "恐吓", "威胁", "吓到", "崩溃", "崩了", "又崩", "出问题", "推卸", "转来转去", "无故", "不认",
    "没刷", "不是我刷", "盗刷", "骂", "吼", "凶", "不耐烦", "冷漠", "不专业", "没有给", "没给",
    "没到账", "不到账", "迟迟不", "拖了", "without my consent", "without my permission",
    "without consent", "without notice", "without warning", "stole ", "cheat", "says another",
    "said another", "contradict", "no explanation", "no reason", "made me ", "failed to",
    "doesn't work", "does not work", "not working", "keeps crashing", "you people",
    "am i supposed to", "are you serious", "do you even", "how dare", "what kind of bank",
    "what kind of service", "charged twice", "charged me twice", "charged us twice",
    "charged three times", "double charge", "double-charge", "charged double", "billed twice",
    "billed me twice", "overcharge", "wrong amount", "wrongly ", "incorrectly ",
    "without telling me", "without asking", "never agreed", "didn't agree", "did not agree",
    "never authorised", "never authorized", "never received", "never arrived", "still haven't",
    "still have not", "still hasn't", "still has not", "still not ", "still waiting", "nobody ",
    "no one ", "no reply", "no response", "keeps being", "keep being", "keep getting",
    "kept waiting", "not been refunded", "hasn't been refunded", "refuse to ", "refuses to ",
    "refused to refund", "your mistake", "your error", "your fault", "misled", "mis-sold",
    "missold", "lied to me", "you lied", "hung up on me", "rude", "ignored", "ignoring", "wasted",
    "even though i", "although i paid", "when i paid on time", "but i paid", "already paid",
    "was told something", "not what i was told", "promised me", "you promised", "was promised",
    "took my money", "passed from one", "passed around", "重复扣", "多扣", "乱扣", "错扣", "扣错",
    "扣了两次", "扣了我两次", "扣两次", "两次扣", "收了两次", "刷了两次", "未经", "没经过我",
    "没有经过我", "没同意", "没有同意", "不同意", "没授权", "没有授权", "擅自", "私自", "没有告知",
    "没告知", "没告诉我", "没通知", "没有通知", "没人理", "没人管", "没人回", "没人接", "没人处理",
    "无人处理", "无人接", "不接电话", "打不通", "不回复", "没回复", "没有回复", "不处理", "不解决",
    "没解决", "推脱", "推诿", "踢皮球", "推来推去", "态度", "骗", "误导", "忽悠", "乱收", "多收",
    "凭什么", "不给退", "拒绝退", "拒不", "不肯", "明明", "答应", "承诺", "说好", "弄错", "搞错",
    "出错", "骚扰", "不管", "没说清", "没有说清", "说不清", "被坑", "坑了", "坑我", "不退", "也敢",
    "你们是怎么", "怎么做服务", "什么服务", "什么银行", "单方面", "强制", "偷偷", "莫名", "平白",
    "无缘无故", "没有任何解释", "没有解释", "不解释", "不理", "敷衍", "糊弄", "耽误", "损失",
    "用不了", "闪退", "拖着", "一拖再拖", "挂我电话", "挂断我",
];

/// They are angry or disappointed.
#[rustfmt::skip]
pub(super) const ANGER: &[&str] = &[
    "badly", "horrendous", "dreadful", "pathetic", "hate ", "can't believe", "cannot believe",
    "can not believe", "nonsense", "scandal", "insane", "crazy", "absurd", "not good enough",
    "not acceptable", "poor service", "bad service", "忍不了", "忍不住", "受不了", "太低", "太久",
    "太长", "太高了", "太烂", "太乱", "太黑", "太不", "太让人", "太没", "什么态度", "什么效率",
    "耍", "伤心", "寒心", "心寒", "讨厌", "后悔", "烂", "差评", "害人", "吓人", "可恶", "可恨",
    "过份", "不像话", "没道理", "什么道理", "不讲理", "unacceptable", "disgust", "disgrace",
    "ridiculous", "outrage", "terrible", "awful", "appalling", "horrible", "furious", "angry",
    "fed up", "had enough", "enough is enough", "unfair", "not fair", "isn't fair", "shocking",
    "dissatisfied", "unhappy", "not happy", "not satisfied", "disappoint", "frustrat", "a joke",
    "rip off", "rip-off", "ripped off", "shame", "worst", "incompetent", "useless", "sick of",
    "tired of", "annoy", "太差", "真差", "差劲", "过分", "气死", "生气", "愤怒", "气愤", "火大",
    "无语", "不满", "失望", "受够", "垃圾", "坑人", "坑爹", "太坑", "霸王", "不合理", "不公平",
    "不公", "无法接受", "不能接受", "接受不了", "岂有此理", "欺负", "糟糕", "恶心", "离谱",
    "忍无可忍", "烦死", "太烦", "荒唐", "莫名其妙", "太慢", "什么破", "扯皮", "说法",
];

/// It has lasted, or it is not the first time.
#[rustfmt::skip]
pub(super) const AGAIN: &[&str] = &[
    "times this week", "times this month", "times already", "five times", "four times",
    "several times", "many times", "already called", "already told", "already asked",
    "already wrote", "still open", "still charging", "still charged", "still the same",
    "still broken", "twice already", "corrected it", "for ages", "since may", "last month and",
    "一下午", "一整天", "半天", "多月", "两个月", "三个月", "半年", "几个月", "还在收", "还在扣",
    "还是不", "仍然", "仍旧", "都没", "都不", "为什么还", "怎么还", "再次", "every single",
    "every time", "weeks to ", "months to ", "on hold", "hours on", "month now", "months now",
    "weeks now", "it has been", "it's been", "still no", "yet again", "keep asking",
    "four different", "three different", "什么时候处理", "third time", "second time", "fourth time",
    "again and again", "how many times", "how many more times", "for weeks", "for months",
    "weeks ago", "months ago", "three times", "every month", "第二次", "第三次", "第几次", "好几次",
    "多次", "几次了", "又", "一个月了", "半个月", "几天了", "一周了", "两周", "三周", "个月了",
    "这么久", "到底", "至今", "还没", "还是没", "一直", "迟迟", "每次", "天天", "等了", "还要等",
    "还要多久", "什么时候才", "到什么时候", "根本", "没有一个", "催了", "问了", "三番", "反复",
];

/// Words that say that something went wrong where both are there.
#[rustfmt::skip]
pub(super) const TOGETHER: &[(&str, &str)] = &[
    (" why ", " still "), (" why ", " keep"), (" why ", " again "), (" why ", " without "),
    (" i asked", " still "), (" i've ", " times "), (" i have ", " times "),
    (" i called", " times "), (" i asked", " twice "), (" i told", " twice "),
    (" how can you", " without "), (" how can you", " no "), (" how is it possible", " "),
    ("为什么", "还在"), ("为什么", "又"), ("为什么", "突然"), ("怎么", "又"), ("凭", "扣"),
    ("没刷", "扣"), ("答应", "没"), ("说好", "没"),
];

/// Traditional signs of the lists, and their simplified ones.
#[rustfmt::skip]
pub(super) const SIMPLE: &[(char, char)] = &[
    ('訴', '诉'), ('舉', '举'), ('報', '报'), ('銀', '银'), ('監', '监'), ('會', '会'),
    ('師', '师'), ('協', '协'), ('複', '复'), ('復', '复'), ('覆', '复'), ('費', '费'),
    ('擾', '扰'), ('態', '态'), ('惡', '恶'), ('務', '务'), ('騙', '骗'), ('誤', '误'),
    ('導', '导'), ('亂', '乱'), ('憑', '凭'), ('給', '给'), ('絕', '绝'), ('過', '过'),
    ('氣', '气'), ('憤', '愤'), ('無', '无'), ('語', '语'), ('滿', '满'), ('離', '离'),
    ('譜', '谱'), ('經', '经'), ('沒', '没'), ('還', '还'), ('這', '这'), ('麼', '么'),
    ('麽', '么'), ('問', '问'), ('幾', '几'), ('個', '个'), ('兩', '两'), ('週', '周'),
    ('賬', '账'), ('帳', '账'), ('員', '员'), ('電', '电'), ('話', '话'), ('應', '应'),
    ('夠', '够'), ('爛', '烂'), ('壞', '坏'), ('請', '请'), ('辦', '办'), ('為', '为'),
    ('們', '们'), ('權', '权'), ('處', '处'), ('誰', '谁'), ('時', '时'), ('關', '关'),
    ('說', '说'), ('讓', '让'), ('責', '责'), ('額', '额'), ('錯', '错'), ('戶', '户'),
    ('諾', '诺'), ('從', '从'), ('來', '来'), ('發', '发'), ('條', '条'), ('掛', '挂'),
    ('斷', '断'), ('遲', '迟'), ('煩', '烦'), ('聽', '听'), ('對', '对'), ('撥', '拨'),
    ('後', '后'), ('負', '负'), ('機', '机'), ('構', '构'), ('評', '评'), ('議', '议'),
    ('僅', '仅'), ('萬', '万'), ('銷', '销'), ('實', '实'), ('嗎', '吗'), ('諉', '诿'),
    ('脫', '脱'), ('貪', '贪'), ('門', '门'),
];
