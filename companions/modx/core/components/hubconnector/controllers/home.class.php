<?php

/**
 * The plug-in's page in the manager of MODX 2 and 3: Extras > Integration Hub.
 */
class HubconnectorHomeManagerController extends modExtraManagerController
{
    public function checkPermissions()
    {
        return $this->modx->hasPermission('settings');
    }

    public function getPageTitle()
    {
        return $this->modx->lexicon('hubconnector.title');
    }

    public function getLanguageTopics()
    {
        return ['hubconnector:default'];
    }

    public function getTemplateFile()
    {
        return '';
    }

    public function loadCustomCssJs()
    {
    }

    public function process(array $scriptProperties = [])
    {
        require_once dirname(__DIR__) . '/autoload.php';
        $actions = new \HubConnector\Modx\ManagerPage($this->modx);
        return $actions->show($_SERVER['REQUEST_METHOD'] === 'POST' ? $_POST : []);
    }
}
