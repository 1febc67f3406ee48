<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Hub\Connector\Model\Answer;
use Hub\Connector\Model\Clock;
use Hub\Connector\Model\Config;
use Hub\Connector\Model\Facts;
use Hub\Connector\Model\Message;
use Hub\Connector\Model\Outbox;
use Hub\Connector\Model\Sender;
use Hub\Connector\Model\Signer;
use Hub\Connector\Model\TransportInterface;
use Hub\Connector\Observer\Enqueue;
use Magento\Framework\App\Config\ScopeConfigInterface;
use Magento\Framework\App\ResourceConnection;
use Magento\Framework\DataObject;
use Magento\Framework\DataObject\IdentityGeneratorInterface;
use Magento\Framework\Encryption\EncryptorInterface;
use Magento\Framework\Event;
use Magento\Framework\Event\Observer;
use Magento\Framework\Lock\LockManagerInterface;
use Magento\Store\Model\StoreManagerInterface;
use Psr\Log\LoggerInterface;

/**
 * The module around a database in memory, three store views, and a hub that answers as told.
 */
class World extends Clock implements
    ScopeConfigInterface,
    EncryptorInterface,
    StoreManagerInterface,
    TransportInterface,
    LockManagerInterface,
    IdentityGeneratorInterface,
    LoggerInterface
{
    public const SECRET = 'whsec_dGhlIHNob3AgYW5kIHRoZSBodWIgc2hhcmUgdGhpcy4=';

    public int $now = 1768471200;

    /** @var array<int, array<string, string>> store id => settings */
    public array $settings;

    /** @var array[] {url, headers, body} */
    public array $calls = [];

    /** @var Answer[] one per call; then 202 */
    public array $answers = [];

    /** @var callable|null called in the middle of a call */
    public $meanwhile = null;

    public bool $isLocked = false;

    /** @var string[] */
    public array $logged = [];

    public Outbox $outbox;

    private int $generated = 0;

    public function __construct(public readonly Database $database = new Database())
    {
        $view = [
            'active' => '1', 'hub_url' => 'https://hub.example/hooks/one', 'secret' => 'crypt:' . self::SECRET,
            'events' => 'order,invoice,shipment,track,creditmemo,customer,product',
        ];
        $this->settings = [0 => $view, 1 => $view, 2 => $view, 3 => ['active' => '0'] + $view];
        $this->outbox = new Outbox(new ResourceConnection($database));
    }

    public function config(): Config
    {
        return new Config($this, $this, $this);
    }

    public function sender(): Sender
    {
        $message = new Message($this);
        return new Sender($this->outbox, $this->config(), $message, new Signer(), $this, $this, $this, $this);
    }

    public function enqueue(): Enqueue
    {
        return new Enqueue(new Facts(), $this->config(), $this->outbox, $this, $this, $this);
    }

    public function happens(string $event, string $key, object $object): void
    {
        $this->enqueue()->execute(new Observer(new Event(['name' => $event, $key => $object])));
    }

    public function order(int $id, array $data = [], array $before = ['entity_id' => 1, 'state' => 'new']): void
    {
        $data += ['entity_id' => $id, 'increment_id' => "00000$id", 'store_id' => 1];
        $order = new class ($data, $before) extends DataObject {
            public function __construct(array $data, private readonly array $before)
            {
                parent::__construct($data);
            }

            public function getOrigData($key = null)
            {
                return $this->before[$key] ?? null;
            }
        };
        $this->happens('sales_order_save_after', 'order', $order);
    }

    /** @return array[] the bodies sent */
    public function bodies(): array
    {
        return array_map(static fn (array $call): array => json_decode($call['body'], true), $this->calls);
    }

    public function now(): int
    {
        return $this->now;
    }

    public function getValue($path, $scopeType = 'default', $scopeCode = null)
    {
        return $this->settings[$scopeCode][basename($path)] ?? null;
    }

    public function decrypt($data)
    {
        return preg_replace('/^crypt:/', '', $data);
    }

    public function getStores($withDefault = false, $codeKey = false)
    {
        return array_map($this->getStore(...), [1, 2, 3]);
    }

    public function getStore($storeId = null)
    {
        if (!isset($this->settings[$storeId])) {
            throw new \RuntimeException('The store that was requested wasn\'t found.');
        }
        return new DataObject([
            'id' => $storeId, 'code' => "view_$storeId", 'name' => "View $storeId", 'website_id' => 1, 'is_active' => 1,
        ]);
    }

    public function post(string $url, array $headers, string $body): Answer
    {
        $this->calls[] = compact('url', 'headers', 'body');
        if ($this->meanwhile !== null) {
            ($this->meanwhile)();
        }
        return array_shift($this->answers) ?? new Answer(202);
    }

    public function lock(string $name, int $timeout = -1): bool
    {
        $isFree = !$this->isLocked;
        $this->isLocked = true;
        return $isFree;
    }

    public function unlock(string $name): bool
    {
        $this->isLocked = false;
        return true;
    }

    public function generateId()
    {
        return sprintf('00000000-0000-4000-8000-%012d', ++$this->generated);
    }

    public function error(string|\Stringable $message, array $context = []): void
    {
        $this->logged[] = (string)$message;
    }
}
