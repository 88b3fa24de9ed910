# 审计日志中关于授权的说明
audit-authorizations-batch-decided = { $actor } 提交了授权请求，由引擎作出决定
audit-authorizations-hold-captured = { $actor } 将账户 { $subject } 的一笔冻结额度入账
audit-authorizations-holds-expired = { $actor } 释放了账户 { $subject } 已到期的冻结额度
audit-authorizations-fraud-reported = { $actor } 标记了授权 { $subject } 是否为欺诈
