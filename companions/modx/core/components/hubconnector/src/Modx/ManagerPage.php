<?php

namespace HubConnector\Modx;

use HubConnector\Page;
use HubConnector\Schema;
use HubConnector\SqlOutboxStorage;

/**
 * What the page in the manager does: show the outbox, try again, test the connection.
 */
final class ManagerPage
{
    private const ROWS = 50;

    /** @var object modX */
    private $modx;

    public function __construct($modx)
    {
        $this->modx = $modx;
    }

    /** @param array<string, mixed> $post */
    public function show(array $post): string
    {
        $connector = Connector::of($this->modx);
        Schema::install($connector->pdo(), $connector->prefix());
        $shop = $connector->shop();
        $outbox = $connector->outbox($shop);
        $token = (string) $this->modx->user->getUserToken('mgr');
        $isOurs = isset($post['HTTP_MODAUTH']) && $token !== '' && hash_equals($token, (string) $post['HTTP_MODAUTH']);
        $action = $isOurs && isset($post['hub_action']) ? $post['hub_action'] : '';
        $fault = $connector->settings()->fault();
        $message = '';
        $isGood = true;
        if ($action === 'retry') {
            $outbox->retry(null);
            if ($fault === '') {
                $outbox->flush(20.0, 10.0, 100);
            }
            $message = $this->words('retried');
        } elseif ($action === 'ping' && $fault === '') {
            $problem = $outbox->ping(10.0);
            $isGood = $problem === '';
            $message = $isGood ? $this->words('test_good') : $this->words('test_bad') . ' ' . $problem;
        }
        $storage = new SqlOutboxStorage($connector->sql());
        return (new Page(function (string $key): string {
            return (string) $this->modx->lexicon($key);
        }))->html([
            'fault' => $fault,
            'message' => $message,
            'is_good' => $isGood,
            'counts' => $storage->counts(),
            'rows' => $storage->troubled(self::ROWS),
            'about' => $shop->about(),
            'settings' => $connector->settings(),
            'token' => $token,
            'settings_url' => '?a=system/settings&ns=hubconnector',
        ]);
    }

    private function words(string $key): string
    {
        return (string) $this->modx->lexicon("hubconnector.$key");
    }
}
