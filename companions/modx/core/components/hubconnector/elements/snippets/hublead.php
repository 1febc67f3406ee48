<?php

/**
 * Snippet hubLead, a FormIt hook: [[!FormIt? &hooks=`email,hubLead` &hubLeadForm=`callback`]]
 *
 * &hubLeadForm    the form's code in the hub; FormIt's &formName otherwise
 * &hubLeadTitle   words for staff
 * &hubLeadFields  which field of the form is what, where the names do not say so: "name==fio,phone==tel,comment==text"
 *
 * @var object $modx modX
 * @var object $hook fiHooks
 * @var array<string, mixed> $scriptProperties
 */

$hubconnector = $modx->getOption('hubconnector_core_path', null, MODX_CORE_PATH . 'components/hubconnector/');
try {
    if (is_file($hubconnector . 'autoload.php')) {
        require_once $hubconnector . 'autoload.php';
        \HubConnector\Modx\FormHook::run($modx, $hook, $scriptProperties);
    }
} catch (\Throwable $fault) { // a file is missing, e.g. in the middle of an update
    $modx->log(1, '[hubconnector] ' . get_class($fault));
}
return true; // The form is sent whatever becomes of the lead.
