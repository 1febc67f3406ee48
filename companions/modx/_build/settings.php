<?php

/**
 * The system settings of the package: key => [default, input type, area].
 */

return [
    'hubconnector_hub_url' => ['', 'textfield', 'hubconnector_connection'],
    'hubconnector_secret' => ['', 'text-password', 'hubconnector_connection'],
    'hubconnector_secret_previous' => ['', 'text-password', 'hubconnector_connection'],
    'hubconnector_send_mode' => ['auto', 'textfield', 'hubconnector_sending'],
    'hubconnector_events' => ['', 'textarea', 'hubconnector_sending'],
    'hubconnector_currency' => ['', 'textfield', 'hubconnector_shop'],
    'hubconnector_weight_unit' => ['', 'textfield', 'hubconnector_shop'],
    'hubconnector_site_ips' => ['', 'textfield', 'hubconnector_access'],
    'hubconnector_allow_http' => ['0', 'combo-boolean', 'hubconnector_access'],
];
