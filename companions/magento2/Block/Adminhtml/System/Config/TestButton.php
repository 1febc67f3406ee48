<?php

declare(strict_types=1);

namespace Hub\Connector\Block\Adminhtml\System\Config;

use Magento\Config\Block\System\Config\Form\Field;
use Magento\Framework\Data\Form\Element\AbstractElement;

class TestButton extends Field
{
    /**
     * @var string
     */
    protected $_template = 'Hub_Connector::test_button.phtml';

    public function getTestUrl(): string
    {
        return $this->getUrl('hubconnector/test/send', [
            'store' => (string)$this->getRequest()->getParam('store'),
            'website' => (string)$this->getRequest()->getParam('website'),
        ]);
    }

    /**
     * @inheritDoc
     */
    public function render(AbstractElement $element)
    {
        $element->unsScope()->unsCanUseWebsiteValue()->unsCanUseDefaultValue();
        return parent::render($element);
    }

    /**
     * @inheritDoc
     */
    protected function _getElementHtml(AbstractElement $element)
    {
        return $this->_toHtml();
    }
}
