<?php

namespace HubConnector\Modx;

use HubConnector\Changes;
use HubConnector\CurlTransport;
use HubConnector\Dispatcher;
use HubConnector\Events;
use HubConnector\Gate;
use HubConnector\Outbox;
use HubConnector\Recorder;
use HubConnector\Settings;
use HubConnector\ShopAdapter;
use HubConnector\Signer;
use HubConnector\Sql;
use HubConnector\SqlMemory;
use HubConnector\SqlOutboxStorage;
use HubConnector\OrderChange;
use HubConnector\Visitor;

/**
 * Puts the parts together from what MODX knows. One per request.
 */
final class Connector
{
    private const SETTINGS = [
        'hub_url', 'secret', 'secret_previous', 'send_mode', 'events', 'currency', 'weight_unit', 'site_ips',
        'allow_http',
    ];

    /** @var self|null */
    private static $instance;

    /** @var object modX */
    private $modx;

    /** @var Settings */
    private $settings;

    /** @var Changes */
    private $changes;

    /** @var bool */
    private $isFinishing = false;

    private function __construct($modx)
    {
        $this->modx = $modx;
        $values = ['shop_url' => $modx->getOption('site_url')];
        foreach (self::SETTINGS as $name) {
            $values[$name] = $modx->getOption("hubconnector_$name", null, '');
        }
        $this->settings = new Settings($values);
        $this->changes = new Changes(self::clock());
    }

    /** @param object $modx modX of MODX 2 or 3 */
    public static function of($modx): self
    {
        if (self::$instance === null) {
            self::$instance = new self($modx);
        }
        return self::$instance;
    }

    /**
     * An event of MODX: noted now, written down and sent when the page is done. Never fails, never says anything.
     *
     * @param array<string, mixed> $params
     */
    public function note(string $event, array $params): void
    {
        try {
            $hasCustomers = $this->hasMiniShop3();
            $draft = (int) $this->modx->getOption($hasCustomers ? 'ms3_status_draft' : 'ms2_status_draft');
            $default = $hasCustomers ? 1 : 999;
            Events::note($this->changes, $event, $params, $draft ?: $default, $hasCustomers);
            $this->finishLater();
        } catch (\Throwable $fault) {
            $this->log($fault);
        }
    }

    /** @param array<string, mixed> $lead see Lead::build() */
    public function noteLead(array $lead): void
    {
        try {
            $this->changes->note('lead.created', $lead['id'], $lead);
            $this->finishLater();
        } catch (\Throwable $fault) {
            $this->log($fault);
        }
    }

    public function settings(): Settings
    {
        return $this->settings;
    }

    public function sql(): Sql
    {
        return new Sql($this->pdo(), $this->prefix());
    }

    public function pdo(): \PDO
    {
        $this->modx->connect();
        return $this->modx->pdo;
    }

    public function prefix(): string
    {
        return (string) $this->modx->getOption('table_prefix');
    }

    public function shop(): ShopAdapter
    {
        $sql = $this->sql();
        return $this->hasMiniShop3() ? new MiniShop3($this->modx, $sql) : new MiniShop2($this->modx, $sql);
    }

    /** The signer without secrets can send nothing; Settings::fault() says what to do. */
    public function outbox(ShopAdapter $shop): Outbox
    {
        $signer = new Signer($this->settings->fault() === '' ? $this->settings->secrets : []);
        $transport = new CurlTransport($this->settings->allowsHttp);
        $storage = new SqlOutboxStorage($this->sql());
        return new Outbox($storage, $transport, $signer, $this->settings, $shop->about(), self::clock());
    }

    public function dispatcher(): Dispatcher
    {
        $shop = $this->shop();
        $memory = new SqlMemory($this->sql());
        $gate = new Gate($this->settings, $memory);
        $change = new OrderChange($shop, $memory, $this->changes);
        return new Dispatcher($gate, $shop, $change, $this->outbox($shop), $this->settings, self::clock());
    }

    /** Where it went wrong, but not with what: messages of a database hold names and addresses. */
    public function log(\Throwable $fault): void
    {
        try {
            $where = basename($fault->getFile()) . ':' . $fault->getLine();
            $this->modx->log(1, '[hubconnector] ' . get_class($fault) . " at $where"); // 1: modX::LOG_LEVEL_ERROR
        } catch (\Throwable $nothingHelps) {
            return;
        }
    }

    /** A check-out ends with a redirect or die(), so events at the end of a page would not come. */
    private function finishLater(): void
    {
        if (!$this->isFinishing && !$this->changes->isEmpty()) {
            $this->isFinishing = true;
            // Twice, so that it runs after what others have registered by then.
            register_shutdown_function(function (): void {
                register_shutdown_function(function (): void {
                    $this->finish();
                });
            });
        }
    }

    /** Writes what was noted into the outbox; and sends it when the buyer has got the page, if PHP can. */
    private function finish(): void
    {
        ob_start(); // A notice that is printed here would land in the shop's answer.
        try {
            $shop = $this->shop();
            $outbox = $this->outbox($shop);
            $written = (new Recorder($shop, $outbox, $this->settings, self::clock()))->record($this->changes);
            $isNow = $this->settings->sendsAtOnce(Visitor::canLeave()) && $this->settings->fault() === '';
            if ($written > 0 && $isNow) {
                ob_end_clean();
                if (session_status() === PHP_SESSION_ACTIVE) {
                    session_write_close();
                }
                Visitor::letGo();
                ob_start();
                $outbox->flushInline();
            }
        } catch (\Throwable $fault) {
            $this->log($fault);
        }
        ob_end_clean();
    }

    private function hasMiniShop3(): bool
    {
        return isset($this->modx->services) && is_object($this->modx->services) && $this->modx->services->has('ms3');
    }

    private static function clock(): callable
    {
        return function (): float {
            return microtime(true);
        };
    }
}
