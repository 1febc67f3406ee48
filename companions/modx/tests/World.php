<?php

namespace HubConnectorTests;

use HubConnector\Changes;
use HubConnector\Dispatcher;
use HubConnector\Gate;
use HubConnector\Outbox;
use HubConnector\Recorder;
use HubConnector\Request;
use HubConnector\Response;
use HubConnector\Schema;
use HubConnector\Settings;
use HubConnector\Signer;
use HubConnector\Sql;
use HubConnector\SqlMemory;
use HubConnector\SqlOutboxStorage;
use HubConnector\OrderChange;

/**
 * The whole plug-in around a shop in memory, a database in memory, and a hub that answers as told.
 */
final class World
{
    public const SECRET = 'whsec_dGhlIHNob3AgYW5kIHRoZSBodWIgc2hhcmUgdGhpcy4=';
    public const HUB = 'https://hub.example/hooks/token';

    /** @var Clock */
    public $clock;

    /** @var FakeShop */
    public $shop;

    /** @var FakeHub */
    public $hub;

    /** @var Sql */
    public $sql;

    /** @var Settings */
    public $settings;

    /** @var Changes */
    public $changes;

    /** @var SqlOutboxStorage */
    public $storage;

    /** @var Outbox */
    public $outbox;

    /** @var int */
    private $calls = 0;

    public function __construct(array $settings = [], string $database = ':memory:')
    {
        $pdo = new \PDO("sqlite:$database");
        Schema::install($pdo, 'modx_');
        $this->clock = new Clock();
        $this->shop = new FakeShop();
        $this->hub = new FakeHub();
        $this->sql = new Sql($pdo, 'modx_');
        $this->settings = new Settings($settings + [
            'hub_url' => self::HUB, 'secret' => self::SECRET, 'currency' => 'RUB', 'weight_unit' => 'kg',
            'shop_url' => 'https://shop.example/',
        ]);
        $this->changes = new Changes($this->clock);
        $this->storage = new SqlOutboxStorage($this->sql);
        $signer = new Signer($this->settings->secrets);
        $about = $this->shop->about();
        $this->outbox = new Outbox($this->storage, $this->hub, $signer, $this->settings, $about, $this->clock);
    }

    /** What happens at the end of a page. */
    public function record(): int
    {
        return (new Recorder($this->shop, $this->outbox, $this->settings, $this->clock))->record($this->changes);
    }

    public function flush(): int
    {
        return $this->outbox->flush(50.0, 10.0, 500);
    }

    /** @return array[] every row of the outbox */
    public function rows(): array
    {
        return $this->sql->rows('SELECT * FROM {hubconnector_outbox} ORDER BY id');
    }

    public function dispatcher(): Dispatcher
    {
        $memory = new SqlMemory($this->sql);
        $gate = new Gate($this->settings, $memory);
        $change = new OrderChange($this->shop, $memory, $this->changes);
        return new Dispatcher($gate, $this->shop, $change, $this->outbox, $this->settings, $this->clock);
    }

    /** A command of the hub, signed with the secret that both share. */
    public function command(array $command): Response
    {
        return $this->send($this->signed((string) json_encode($command)));
    }

    public function send(Request $request): Response
    {
        return $this->dispatcher()->handle($request);
    }

    public function signed(string $body, array $changes = []): Request
    {
        $this->calls++;
        $at = isset($changes['at']) ? $changes['at'] : (int) $this->clock->now;
        $secret = isset($changes['secret']) ? $changes['secret'] : self::SECRET;
        $id = isset($changes['id']) ? $changes['id'] : "call-{$this->calls}";
        $headers = (new Signer([$secret]))->headers($id, $at, $body);
        return new Request('POST', true, '203.0.113.7', $headers, $body);
    }
}
