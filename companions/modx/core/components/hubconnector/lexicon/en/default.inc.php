<?php

$_lang['hubconnector'] = 'Integration Hub';
$_lang['hubconnector.menu_desc'] = 'What waits to be sent to the hub, and why';
$_lang['hubconnector.title'] = 'Integration Hub';

$_lang['hubconnector.hub'] = 'Hub';
$_lang['hubconnector.mode'] = 'Sending';
$_lang['hubconnector.mode_inline'] = 'at once, and by cron what failed';
$_lang['hubconnector.mode_cron'] = 'by cron only';
$_lang['hubconnector.pending'] = 'Waiting';
$_lang['hubconnector.oldest'] = 'Waiting since';
$_lang['hubconnector.failed'] = 'Given up after three days';
$_lang['hubconnector.versions'] = 'Versions';
$_lang['hubconnector.none'] = '—';

$_lang['hubconnector.test'] = 'Test the connection';
$_lang['hubconnector.retry'] = 'Send everything now';
$_lang['hubconnector.settings'] = 'Settings';
$_lang['hubconnector.retried'] = 'Tried again. What still waits is listed below.';
$_lang['hubconnector.test_good'] = 'The hub has answered: address, secret and clock are right.';
$_lang['hubconnector.test_bad'] = 'The test failed:';

$_lang['hubconnector.errors'] = 'Not sent yet';
$_lang['hubconnector.no_errors'] = 'Nothing has failed.';
$_lang['hubconnector.event'] = 'Event';
$_lang['hubconnector.object'] = 'Id in the shop';
$_lang['hubconnector.tries'] = 'Tries';
$_lang['hubconnector.next_try'] = 'Next try';
$_lang['hubconnector.given_up'] = 'given up';
$_lang['hubconnector.error'] = 'Last error';

$_lang['hubconnector.fault_no_hub_url'] =
    'Nothing is sent yet: copy the hook address of the store connection from the hub into the setting “Hook address”.';
$_lang['hubconnector.fault_hub_url_not_https'] =
    'Nothing is sent: the hook address must begin with https:// (plain http needs the setting “Allow plain http”).';
$_lang['hubconnector.fault_no_secret'] =
    'Nothing is sent yet: copy the signing secret (whsec_…) of the store connection into the setting “Secret”.';
$_lang['hubconnector.fault_bad_secret'] =
    'Nothing is sent: the secret is not whole. It begins with whsec_ and is copied from the hub without blanks.';

$_lang['setting_hubconnector_hub_url'] = 'Hook address';
$_lang['setting_hubconnector_hub_url_desc'] =
    'The whole address from the store connection in the hub, e.g. https://hub.example/hooks/…';
$_lang['setting_hubconnector_secret'] = 'Secret';
$_lang['setting_hubconnector_secret_desc'] = 'The signing secret from the store connection in the hub: whsec_…';
$_lang['setting_hubconnector_secret_previous'] = 'Previous secret';
$_lang['setting_hubconnector_secret_previous_desc'] =
    'Only while you change the secret: the old one, until the hub has the new one too. Then empty it.';
$_lang['setting_hubconnector_send_mode'] = 'Sending: auto, inline or cron';
$_lang['setting_hubconnector_send_mode_desc'] =
    'auto: at once when the visitor has the page (PHP-FPM, LiteSpeed); where PHP cannot do that, by cron. inline: one try of'
    . ' two seconds at most in any case, which the visitor may wait for. cron: cron alone sends.';
$_lang['setting_hubconnector_events'] = 'Events';
$_lang['setting_hubconnector_events_desc'] =
    'Which events are sent, separated by commas, e.g. order.created, order.status. Empty: all.';
$_lang['setting_hubconnector_currency'] = 'Currency';
$_lang['setting_hubconnector_currency_desc'] = 'miniShop stores none: the code of the shop’s currency, e.g. RUB or EUR.';
$_lang['setting_hubconnector_weight_unit'] = 'Unit of weights';
$_lang['setting_hubconnector_weight_unit_desc'] = 'What the shop’s weights mean: g, kg or lb. Empty: not known.';
$_lang['setting_hubconnector_site_ips'] = 'Addresses of the hub';
$_lang['setting_hubconnector_site_ips_desc'] =
    'Who may send commands: IP addresses or networks, separated by commas. Empty: every address; the signature decides.'
    . ' Leave it empty behind a proxy.';
$_lang['setting_hubconnector_allow_http'] = 'Allow plain http';
$_lang['setting_hubconnector_allow_http_desc'] = 'For a test on your own machine only: personal data would be readable.';

$_lang['area_hubconnector_connection'] = 'Connection';
$_lang['area_hubconnector_sending'] = 'Sending';
$_lang['area_hubconnector_shop'] = 'The shop';
$_lang['area_hubconnector_access'] = 'Access';
