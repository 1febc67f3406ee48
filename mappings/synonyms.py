"""What shops and CRMs call the same thing, in English, Russian and Spanish: data for the suggestions.

Each group is one meaning. Phrases are lower case; short ones (up to four letters) must be whole words, longer ones may
stand inside a word, because codes are often written together (``cashondelivery``). Of several phrases that fit, the
longest speaks: ``partially refunded`` is not ``refunded``, ``не оплачен`` is not ``оплачен``.
"""

from collections.abc import Mapping, Sequence

Groups = Sequence[Sequence[str]]

STATUS: Groups = (
    ("new", "created", "pending", "новый", "новая", "создан", "nuevo", "nueva", "pendiente", "awaiting fulfillment"),
    ("pending payment", "awaiting payment", "payment pending", "unpaid", "wait payment", "pendingpayment",
     "prepayment", "invoice", "ожидает оплаты", "ожидание оплаты", "не оплачен", "предоплата", "счет выставлен",
     "pendiente de pago", "pago pendiente", "no pagado"),
    ("paid", "payment received", "prepaid", "prepayed", "предоплата поступила", "оплачен", "оплачено", "pagado",
     "pagada"),
    ("processing", "assembling", "in progress", "in work", "assembly", "picking", "packing", "preparing",
     "в обработке", "обрабатывается", "в работе", "комплектуется", "передан в комплектацию", "комплектация", "сборка",
     "собирается", "procesando", "en proceso", "preparando", "en preparación"),
    ("assembled", "packed", "ready to ship", "ready for shipment", "assembling complete", "assembling-complete",
     "укомплектован", "собран", "готов к отправке", "preparado", "listo para enviar"),
    ("shipped", "sent", "send to delivery", "delivering", "in transit", "dispatched", "in delivery", "отправлен",
     "отгружен", "доставляется", "передан в доставку", "в пути", "enviado", "enviada", "en camino", "despachado"),
    ("partially shipped", "partial shipment", "частично отгружен", "частично отправлен", "parcialmente enviado"),
    ("awaiting pickup", "ready for pickup", "ready for collection", "готов к выдаче", "ожидает в пункте",
     "listo para recoger"),
    ("completed", "complete", "done", "delivered", "closed", "finished", "success", "выполнен", "завершен", "завершён",
     "доставлен", "закрыт", "completado", "completada", "entregado", "finalizado", "won"),
    ("cancelled", "canceled", "cancel", "cancel other", "void", "voided", "отменен", "отменён", "отмена", "аннулирован",
     "cancelado", "cancelada", "anulado", "lost"),
    ("declined", "rejected", "failed", "failure", "отклонен", "отклонён", "ошибка оплаты", "неудачный", "fallido",
     "rechazado"),
    ("refunded", "returned", "return", "refund", "chargeback", "возврат", "возвращен", "возвращён", "reembolsado",
     "devuelto", "devolución"),
    ("partially refunded", "partial refund", "частичный возврат", "частично возвращен", "parcialmente reembolsado"),
    ("on hold", "hold", "holded", "paused", "suspended", "waiting", "на удержании", "удержание", "отложен",
     "приостановлен", "ожидание", "en espera", "retenido", "pausado"),
    ("fraud", "suspected fraud", "payment review", "manual verification", "мошенничество", "проверка", "fraude"),
    ("no product", "out of stock", "backorder", "backordered", "нет в наличии", "agotado"),
    ("draft", "checkout draft", "incomplete", "черновик", "незавершен", "незавершён", "borrador", "incompleto"),
)  # fmt: skip

DELIVERY: Groups = (
    ("courier", "door to door", "home delivery", "to door", "курьер", "курьером", "до двери", "mensajería",
     "mensajero", "a domicilio"),
    ("pickup", "pick up", "local pickup", "self delivery", "self-delivery", "in store", "click and collect",
     "storepickup", "collect", "самовывоз", "из магазина", "recogida", "recoger en tienda", "retiro en tienda"),
    ("pickup point", "parcel locker", "pvz", "locker", "parcel shop", "пункт выдачи", "пвз", "постамат",
     "punto de recogida", "taquilla"),
    ("post", "postal", "mail", "russian post", "royal mail", "usps", "почта", "почтой", "почта россии", "correos",
     "correo postal"),
    ("express", "next day", "overnight", "same day", "экспресс", "срочная", "urgente", "exprés"),
    ("free shipping", "freeshipping", "free delivery", "бесплатная доставка", "бесплатно", "envío gratis",
     "envío gratuito"),
    ("flat rate", "flatrate", "fixed rate", "фиксированная", "единая ставка", "tarifa plana"),
    ("table rate", "tablerate", "bestway", "best way", "табличные тарифы"),
    ("digital", "download", "no shipping", "virtual", "электронная доставка", "без доставки", "descarga", "sin envío"),
    ("cdek", "sdek", "сдэк"),
    ("dhl",),
    ("ups",),
    ("fedex", "fed ex"),
    ("boxberry", "боксберри"),
    ("dpd",),
)  # fmt: skip

PAYMENT: Groups = (
    ("cash on delivery", "cod", "pay on delivery", "наложенный платёж", "наложенный платеж", "наложенным",
     "оплата при получении", "при получении", "contra reembolso", "contra entrega", "pago contra"),
    ("cash", "наличные", "наличными", "efectivo"),
    ("card", "bank card", "credit card", "debit card", "credit/debit", "creditcard", "stripe", "visa", "mastercard",
     "банковская карта", "карта", "картой", "кредитная карта", "tarjeta"),
    ("bank transfer", "bacs", "wire transfer", "wire", "direct bank transfer", "banktransfer", "sepa", "iban",
     "банковский перевод", "безналичный", "перевод на счет", "transferencia"),
    ("invoice", "purchase order", "purchaseorder", "on account", "счет", "по счету", "счёт", "factura",
     "orden de compra"),
    ("check", "cheque", "check money order", "checkmo", "money order", "чек", "talón"),
    ("paypal", "pay pal"),
    ("apple pay", "applepay"),
    ("google pay", "googlepay", "gpay"),
    ("e-money", "wallet", "yandex money", "юmoney", "qiwi", "webmoney", "электронные деньги", "кошелек",
     "monedero"),
    ("sbp", "сбп", "система быстрых платежей", "faster payments"),
    ("credit", "installment", "instalment", "klarna", "afterpay", "pay later", "рассрочка", "кредит", "a plazos",
     "crédito"),
    ("gift card", "giftcard", "gift certificate", "voucher", "подарочный сертификат", "сертификат", "tarjeta regalo",
     "vale"),
    ("points", "store credit", "bonus", "баллы", "бонусы", "puntos"),
    ("free", "no payment", "zero", "бесплатно", "gratis"),
)  # fmt: skip

PAYMENT_STATUS: Groups = (
    ("pending", "not paid", "notpaid", "unpaid", "awaiting", "new", "не оплачен", "не оплачено", "ожидает",
     "pendiente", "no pagado"),
    ("authorized", "authorised", "payment start", "reserved", "hold", "invoice", "авторизован", "зарезервирован",
     "autorizado"),
    ("paid", "payment received", "captured", "settled", "success", "оплачен", "оплачено", "pagado"),
    ("partially refunded", "partial refund", "частичный возврат", "parcialmente reembolsado"),
    ("refunded", "returned", "refund", "return", "возврат", "возвращен", "возвращено", "reembolsado", "devuelto"),
    ("failed", "fail", "error", "declined", "credit declined", "ошибка", "отклонен", "fallido", "rechazado"),
    ("cancelled", "canceled", "cancel", "void", "voided", "отменен", "отменён", "отмена", "cancelado", "anulado"),
)  # fmt: skip

ORDER_METHOD: Groups = (
    ("web", "website", "online", "shopping cart", "cart", "internet", "сайт", "корзина", "через корзину", "sitio web",
     "carrito", "tienda online"),
    ("phone", "call", "telephone", "телефон", "по телефону", "звонок", "teléfono", "llamada"),
    ("mobile app", "mobile", "app", "мобильное приложение", "aplicación móvil"),
    ("one click", "oneclick", "quick order", "один клик", "в один клик", "быстрый заказ", "un clic"),
    ("pos", "point of sale", "offline", "in store", "shop", "касса", "магазин", "в магазине", "punto de venta"),
    ("callback", "call back", "landing", "form", "обратный звонок", "форма", "formulario"),
    ("marketplace", "маркетплейс"),
    ("admin", "manual", "by hand", "draft", "менеджер", "вручную"),
)  # fmt: skip

PRODUCT_STATUS: Groups = (STATUS[0], STATUS[3], STATUS[4], STATUS[5], STATUS[8], STATUS[9], STATUS[11], STATUS[15])

SYNONYMS: Mapping[str, Groups] = {
    "status": STATUS,
    "delivery": DELIVERY,
    "payment": PAYMENT,
    "payment_status": PAYMENT_STATUS,
    "order_method": ORDER_METHOD,
    "product_status": PRODUCT_STATUS,
}
