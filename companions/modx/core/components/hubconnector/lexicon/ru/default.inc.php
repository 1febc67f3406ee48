<?php

$_lang['hubconnector'] = 'Integration Hub';
$_lang['hubconnector.menu_desc'] = 'Что ждёт отправки в хаб и почему';
$_lang['hubconnector.title'] = 'Integration Hub';

$_lang['hubconnector.hub'] = 'Хаб';
$_lang['hubconnector.mode'] = 'Отправка';
$_lang['hubconnector.mode_inline'] = 'сразу, а неудачные — по cron';
$_lang['hubconnector.mode_cron'] = 'только по cron';
$_lang['hubconnector.pending'] = 'Ждёт отправки';
$_lang['hubconnector.oldest'] = 'Ждёт с';
$_lang['hubconnector.failed'] = 'Прекращено через три дня';
$_lang['hubconnector.versions'] = 'Версии';
$_lang['hubconnector.none'] = '—';

$_lang['hubconnector.test'] = 'Проверить связь';
$_lang['hubconnector.retry'] = 'Отправить всё сейчас';
$_lang['hubconnector.settings'] = 'Настройки';
$_lang['hubconnector.retried'] = 'Повторили. Что всё ещё ждёт, видно ниже.';
$_lang['hubconnector.test_good'] = 'Хаб ответил: адрес, секрет и часы в порядке.';
$_lang['hubconnector.test_bad'] = 'Проверка не прошла:';

$_lang['hubconnector.errors'] = 'Ещё не отправлено';
$_lang['hubconnector.no_errors'] = 'Ошибок нет.';
$_lang['hubconnector.event'] = 'Событие';
$_lang['hubconnector.object'] = 'Id в магазине';
$_lang['hubconnector.tries'] = 'Попыток';
$_lang['hubconnector.next_try'] = 'Следующая попытка';
$_lang['hubconnector.given_up'] = 'прекращено';
$_lang['hubconnector.error'] = 'Последняя ошибка';

$_lang['hubconnector.fault_no_hub_url'] =
    'Пока ничего не отправляется: скопируйте адрес хука подключения магазина из хаба в настройку «Адрес хука».';
$_lang['hubconnector.fault_hub_url_not_https'] =
    'Ничего не отправляется: адрес хука должен начинаться с https:// (для http есть настройка «Разрешить http»).';
$_lang['hubconnector.fault_no_secret'] =
    'Пока ничего не отправляется: скопируйте секрет подписи (whsec_…) подключения магазина в настройку «Секрет».';
$_lang['hubconnector.fault_bad_secret'] =
    'Ничего не отправляется: секрет неполный. Он начинается с whsec_ и копируется из хаба без пробелов.';

$_lang['setting_hubconnector_hub_url'] = 'Адрес хука';
$_lang['setting_hubconnector_hub_url_desc'] =
    'Весь адрес из подключения магазина в хабе, например https://hub.example/hooks/…';
$_lang['setting_hubconnector_secret'] = 'Секрет';
$_lang['setting_hubconnector_secret_desc'] = 'Секрет подписи из подключения магазина в хабе: whsec_…';
$_lang['setting_hubconnector_secret_previous'] = 'Прежний секрет';
$_lang['setting_hubconnector_secret_previous_desc'] =
    'Только на время смены: старый секрет, пока новый не введён и в хабе. Потом очистите.';
$_lang['setting_hubconnector_send_mode'] = 'Отправка: auto, inline или cron';
$_lang['setting_hubconnector_send_mode_desc'] =
    'auto: сразу, когда страница уже у посетителя (PHP-FPM, LiteSpeed); где PHP так не умеет — только по cron. inline: одна'
    . ' попытка до двух секунд в любом случае, посетитель может её ждать. cron: отправляет только cron.';
$_lang['setting_hubconnector_events'] = 'События';
$_lang['setting_hubconnector_events_desc'] =
    'Какие события отправлять, через запятую, например order.created, order.status. Пусто: все.';
$_lang['setting_hubconnector_currency'] = 'Валюта';
$_lang['setting_hubconnector_currency_desc'] = 'miniShop её не хранит: код валюты магазина, например RUB или EUR.';
$_lang['setting_hubconnector_weight_unit'] = 'Единица веса';
$_lang['setting_hubconnector_weight_unit_desc'] = 'В чём указан вес в магазине: g, kg или lb. Пусто: неизвестно.';
$_lang['setting_hubconnector_site_ips'] = 'Адреса хаба';
$_lang['setting_hubconnector_site_ips_desc'] =
    'Кто может присылать команды: IP-адреса или сети через запятую. Пусто: любой адрес, решает подпись.'
    . ' За прокси оставьте пустым.';
$_lang['setting_hubconnector_allow_http'] = 'Разрешить http';
$_lang['setting_hubconnector_allow_http_desc'] = 'Только для проверки на своей машине: личные данные видны по пути.';

$_lang['area_hubconnector_connection'] = 'Подключение';
$_lang['area_hubconnector_sending'] = 'Отправка';
$_lang['area_hubconnector_shop'] = 'Магазин';
$_lang['area_hubconnector_access'] = 'Доступ';
