# 审计日志中关于卡片的说明
audit-cards-card-made = { $actor } 制作了卡片 { $subject }
audit-cards-card-issued = { $actor } 为账户 { $subject } 发放了一张卡
audit-cards-card-frozen = { $actor } 临时冻结了账户 { $subject } 的一张卡
audit-cards-card-unfrozen = { $actor } 解除了账户 { $subject } 一张卡的临时冻结
audit-cards-card-blocked = { $actor } 永久停用了账户 { $subject } 的一张卡
audit-cards-controls-set = { $actor } 调整了账户 { $subject } 一张卡的交易开关
