<?php

namespace HubConnector;

/**
 * The plug-in's page in the MODX manager, as HTML without scripts, so that MODX 2 and 3 show it alike.
 */
final class Page
{
    /** @var callable(string, array): string words of the manager's language */
    private $words;

    public function __construct(callable $words)
    {
        $this->words = $words;
    }

    /**
     * @param array<string, mixed> $facts fault, message, is_good, about, settings, token, settings_url; of the outbox:
     *                                    counts, rows (troubled)
     */
    public function html(array $facts): string
    {
        return '<style>' . self::STYLE . '</style><div class="hubconnector">'
            . '<h2>' . $this->say('title') . '</h2>'
            . $this->notice($facts)
            . $this->state($facts)
            . $this->form($facts)
            . $this->rows($facts['rows'])
            . '</div>';
    }

    private function notice(array $facts): string
    {
        $html = '';
        if ($facts['message'] !== '') {
            $class = $facts['is_good'] ? 'hub-note' : 'hub-bad';
            $html .= "<p class=\"$class\" role=\"status\">" . self::escaped($facts['message']) . '</p>';
        }
        if ($facts['fault'] !== '') {
            $html .= '<p class="hub-bad">' . $this->say('fault_' . $facts['fault']) . '</p>';
        }
        foreach ($facts['about']['warnings'] as $warning) {
            $html .= '<p class="hub-bad">' . self::escaped($warning['message']) . '</p>';
        }
        return $html;
    }

    private function state(array $facts): string
    {
        /** @var Settings $settings */
        $settings = $facts['settings'];
        $counts = $facts['counts'];
        $none = $this->say('none');
        $oldest = $counts['oldest'] === null ? $none : self::moment($counts['oldest']);
        $about = $facts['about']['engine'] . ' ' . $facts['about']['engine_version'] . ', MODX '
            . $facts['about']['modx_version'] . ', PHP ' . PHP_VERSION . ', hubconnector ' . Version::PLUGIN;
        $lines = [
            'hub' => self::escaped((string) parse_url($settings->hubUrl, PHP_URL_HOST)) ?: $none,
            'mode' => $this->say($settings->sendsAtOnce(Visitor::canLeave()) ? 'mode_inline' : 'mode_cron'),
            'pending' => (string) $counts['pending'],
            'oldest' => $oldest,
            'failed' => (string) $counts['failed'],
            'versions' => self::escaped($about),
        ];
        $html = '';
        foreach ($lines as $key => $value) {
            $html .= '<tr><th>' . $this->say($key) . "</th><td>$value</td></tr>";
        }
        return "<div class=\"hub-scroll\"><table>$html</table></div>";
    }

    private function form(array $facts): string
    {
        $token = self::escaped($facts['token']);
        return '<form method="post"><input type="hidden" name="HTTP_MODAUTH" value="' . $token . '">'
            . '<button name="hub_action" value="ping">' . $this->say('test') . '</button> '
            . '<button name="hub_action" value="retry">' . $this->say('retry') . '</button> '
            . '<a href="' . self::escaped($facts['settings_url']) . '">' . $this->say('settings') . '</a></form>';
    }

    private function rows(array $rows): string
    {
        $html = '';
        foreach ($rows as $row) {
            $isGivenUp = (int) $row['state'] === OutboxStorage::GIVEN_UP;
            $next = $isGivenUp ? $this->say('given_up') : self::moment($row['next_try']);
            $html .= '<tr><td>' . self::escaped($row['event']) . '</td><td>' . self::escaped($row['entity_id'])
                . '</td><td>' . (int) $row['tries'] . "</td><td>$next</td><td>" . self::escaped($row['last_error'])
                . '</td></tr>';
        }
        if ($html === '') {
            return '<p>' . $this->say('no_errors') . '</p>';
        }
        $head = '';
        foreach (['event', 'object', 'tries', 'next_try', 'error'] as $key) {
            $head .= '<th>' . $this->say($key) . '</th>';
        }
        return '<h3>' . $this->say('errors')
            . "</h3><div class=\"hub-scroll\"><table><tr>$head</tr>$html</table></div>";
    }

    /** In the server's time. */
    private static function moment($seconds): string
    {
        return date('Y-m-d H:i:s', (int) $seconds);
    }

    private function say(string $key): string
    {
        return self::escaped(call_user_func($this->words, "hubconnector.$key"));
    }

    /**
     * @param mixed $text
     */
    private static function escaped($text): string
    {
        return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }

    private const STYLE = '.hubconnector{padding:20px;max-width:1000px;font-size:14px}'
        . '.hubconnector table{border-collapse:collapse;margin:16px 0;background:#fff;width:100%}'
        . '.hubconnector th,.hubconnector td{border:1px solid #ddd;padding:6px 10px;text-align:left;'
        . 'vertical-align:top;white-space:nowrap}'
        . '.hubconnector td:last-child,.hubconnector th:first-child{white-space:normal;min-width:8em}'
        . '.hub-scroll{overflow-x:auto}'
        . '.hubconnector button{padding:8px 14px;cursor:pointer}'
        . '.hub-note,.hub-bad{padding:10px 14px;background:#e8f1fb;border-left:4px solid #1c6fb8;margin:10px 0}'
        . '.hub-bad{background:#fdecea;border-color:#b3261e}';
}
