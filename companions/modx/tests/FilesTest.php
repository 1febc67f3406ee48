<?php

namespace HubConnectorTests;

use HubConnector\Events;
use HubConnector\Modx\FormHook;
use HubConnector\Page;
use HubConnector\Schema;
use HubConnector\Settings;
use HubConnector\Version;
use PHPUnit\Framework\TestCase;

/**
 * What no compiler of today's PHP says about the files, and the page in the manager.
 */
final class FilesTest extends TestCase
{
    /** Syntax that PHP 7.2 does not know: constants of the tokenizer, where this PHP has them. */
    private const NEWER_TOKENS = [
        'T_FN', 'T_COALESCE_EQUAL', 'T_MATCH', 'T_NULLSAFE_OBJECT_OPERATOR', 'T_ENUM', 'T_READONLY', 'T_ATTRIBUTE',
    ];

    private const NEWER_PATTERNS = [
        'typed property' => '/^\s*(public|protected|private)( static)? (?!static)\??[A-Za-z_\\\\]+ \$/m',
        'union type' => '/\(\??\w+\|\w+ \$/',
        'spread in an array' => '/\[\s*\.\.\.\$/',
        'functions of PHP 8' => '/\b(str_contains|str_starts_with|str_ends_with|array_is_list|array_key_first)\(/',
    ];

    public static function files(): array
    {
        $found = [];
        foreach (['core', 'assets', '_build'] as $folder) {
            $root = new \RecursiveDirectoryIterator(dirname(__DIR__) . "/$folder", \FilesystemIterator::SKIP_DOTS);
            foreach (new \RecursiveIteratorIterator($root) as $file) {
                if ($file->getExtension() === 'php') {
                    $found[basename($file->getPath()) . '/' . $file->getFilename()] = [$file->getPathname()];
                }
            }
        }
        return $found;
    }

    /** @dataProvider files */
    public function testEveryFileIsPhp72(string $file): void
    {
        $code = (string) file_get_contents($file);
        $newer = array_map('constant', array_filter(self::NEWER_TOKENS, 'defined'));
        $used = array_column(array_filter(token_get_all($code), 'is_array'), 0);
        self::assertSame([], array_map('token_name', array_intersect($newer, $used)));
        foreach (self::NEWER_PATTERNS as $what => $pattern) {
            self::assertDoesNotMatchRegularExpression($pattern, $code, $what);
        }
        self::assertSame([], self::callsWithLastComma($code));
    }

    /** Lines where a comma stands before the closing bracket of a call; in array(), list() and [] it may. */
    private static function callsWithLastComma(string $code): array
    {
        $lines = [];
        $line = 1;
        $before = '';
        foreach (token_get_all($code) as $token) {
            if (is_array($token)) {
                $line = $token[2];
            }
            $text = is_array($token) ? $token[1] : $token;
            if (trim($text) === '' || (is_array($token) && in_array($token[0], [T_COMMENT, T_DOC_COMMENT], true))) {
                continue;
            }
            if ($text === ')' && $before === ',') {
                $lines[] = $line;
            }
            $before = $text;
        }
        return $lines;
    }

    public function testBothLanguagesHaveTheSameWords(): void
    {
        $words = [];
        foreach (['en', 'ru'] as $language) {
            $_lang = [];
            require dirname(__DIR__) . "/core/components/hubconnector/lexicon/$language/default.inc.php";
            self::assertSame([], array_keys($_lang, ''));
            $words[$language] = array_keys($_lang);
        }

        self::assertSame($words['en'], $words['ru']);
        foreach (require dirname(__DIR__) . '/_build/settings.php' as $key => list(, , $area)) {
            self::assertContains("setting_$key", $words['en']);
            self::assertContains("setting_{$key}_desc", $words['en']);
            self::assertContains("area_$area", $words['en']);
        }
    }

    public function testTheUninstallerKnowsEveryTable(): void
    {
        $resolver = (string) file_get_contents(dirname(__DIR__) . '/_build/resolvers/tables.php');
        foreach (Schema::tables('') as $table) {
            self::assertStringContainsString("'" . substr($table, strlen('hubconnector_')) . "'", $resolver);
        }
        self::assertStringContainsString(Version::PLUGIN, (string) file_get_contents(
            dirname(__DIR__) . '/core/components/hubconnector/docs/changelog.txt'
        ));
        self::assertContains('msOnChangeOrderStatus', Events::NAMES);
    }

    public function testTablesAreMadeForMysqlToo(): void
    {
        $statements = implode("\n", Schema::create('mysql', 'modx_'));

        self::assertStringContainsString('id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY', $statements);
        self::assertStringContainsString('ENGINE=InnoDB DEFAULT CHARSET=utf8mb4', $statements);
        self::assertStringNotContainsString('AUTOINCREMENT ', $statements);
    }

    public function testThePageShowsTheOutboxAndEscapesWhatItShows(): void
    {
        $world = new World(['hub_url' => 'https://hub.example/hooks/secret-token']);
        $page = new Page(function (string $key): string {
            return "[$key]";
        });
        $facts = [
            'fault' => '', 'message' => '<done>', 'is_good' => true, 'counts' => $world->storage->counts(),
            'about' => $world->shop->about(), 'settings' => $world->settings, 'token' => 'abc"',
            'settings_url' => '?a=system/settings', 'rows' => [[
                'event' => 'order.created', 'entity_id' => '<15>', 'tries' => 3, 'state' => 0, 'next_try' => 1768471200,
                'last_error' => 'HTTP 401 & more',
            ]],
        ];

        $html = $page->html($facts);

        $parts = ['&lt;done&gt;', '&lt;15&gt;', 'HTTP 401 &amp; more', 'abc&quot;', 'hub.example', '13:00:00'];
        foreach ($parts as $part) {
            self::assertStringContainsString($part, $html);
        }
        self::assertStringNotContainsString('secret-token', $html);
        $html = $page->html(['fault' => 'no_secret', 'rows' => []] + $facts);
        self::assertStringContainsString('[hubconnector.fault_no_secret]', $html);
        self::assertStringContainsString('[hubconnector.no_errors]', $html);
    }

    public function testTheFormOwnersNamesAreRead(): void
    {
        self::assertSame(['name' => 'fio', 'phone' => 'tel'], FormHook::names('name==fio, phone==tel,nonsense,==x'));
        self::assertSame([], FormHook::names(''));
    }

    public function testSettingsAreReadAsStaffWriteThem(): void
    {
        $settings = new Settings([
            'events' => "order.created,\n order.status", 'site_ips' => '10.0.0.1; 10.0.0.2', 'allow_http' => 'Yes',
            'send_mode' => 'cron', 'shop_url' => 'https://www.shop.example',
        ]);

        self::assertSame(['order.created', 'order.status'], $settings->events);
        self::assertSame(['10.0.0.1', '10.0.0.2'], $settings->allowedIps);
        self::assertSame([true, false], [$settings->allowsHttp, $settings->sendsAtOnce(true)]);
        self::assertSame(['https://www.shop.example/', 'shop.example'], [$settings->shopUrl, $settings->shopHost()]);
        self::assertTrue((new Settings([]))->wants('order.removed'));
    }

    public function testNobodyWaitsForTheHubUnlessStaffWantThat(): void
    {
        foreach (['', 'auto'] as $mode) {
            $settings = new Settings(['send_mode' => $mode]);
            self::assertSame([true, false], [$settings->sendsAtOnce(true), $settings->sendsAtOnce(false)]);
        }
        self::assertTrue((new Settings(['send_mode' => 'inline']))->sendsAtOnce(false));
    }
}
