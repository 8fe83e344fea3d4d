//! Whether a message is CAP 1.2, as another program reads the standard: the elements of its schema
//! in their order, its words, its forms of moments, identifiers and references.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// OASIS CAP-v1.2, section 3 and the schema in appendix A, written out anew.
const CHECK: &str = r"
import json, re, sys, xml.etree.ElementTree as ET
NS = '{urn:oasis:names:tc:emergency:cap:1.2}'
ALERT = ['identifier!', 'sender!', 'sent!', 'status!', 'msgType!', 'source', 'scope!',
         'restriction', 'addresses', 'code*', 'note', 'references', 'incidents', 'info*']
INFO = ['language', 'category!*', 'event!', 'responseType*', 'urgency!', 'severity!',
        'certainty!', 'audience', 'eventCode*', 'effective', 'onset', 'expires', 'senderName',
        'headline', 'description', 'instruction', 'web', 'contact', 'parameter*', 'resource*',
        'area*']
AREA = ['areaDesc!', 'polygon*', 'circle*', 'geocode*', 'altitude', 'ceiling']
WORDS = {
    'status': 'Actual Exercise System Test Draft',
    'msgType': 'Alert Update Cancel Ack Error',
    'scope': 'Public Restricted Private',
    'category': 'Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other',
    'responseType': 'Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None',
    'urgency': 'Immediate Expected Future Past Unknown',
    'severity': 'Extreme Severe Moderate Minor Unknown',
    'certainty': 'Observed Likely Possible Unlikely Unknown',
}
MOMENT = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d'
NAME = r'[^\s,&<]+'
wrong = []
def check(element, model):
    at = 0
    for child in element:
        name = child.tag.removeprefix(NS)
        while at < len(model) and model[at].rstrip('!*') != name:
            if model[at].endswith('!'):
                wrong.append('lacks ' + model[at])
            at += 1
        if at == len(model):
            wrong.append(name + ' is out of order')
            return
        if '*' not in model[at]:
            at += 1
        elif '!' in model[at]:
            model = model[:at] + [name + '*'] + model[at + 1:]
        text = (child.text or '').strip()
        if name in WORDS and text not in WORDS[name].split():
            wrong.append(name + ' says ' + text)
        if name in ('sent', 'effective', 'onset', 'expires') and not re.fullmatch(MOMENT, text):
            wrong.append(name + ' is no moment: ' + text)
        if name in ('identifier', 'sender') and not re.fullmatch(NAME, text):
            wrong.append(name + ' has what it may not: ' + text)
        if name == 'references' and not all(
                re.fullmatch(NAME + ',' + NAME + ',' + MOMENT, one) for one in text.split(' ')):
            wrong.append('references are none: ' + text)
    wrong.extend('lacks ' + left for left in model[at:] if left.endswith(('!', '!*')))
root = ET.fromstring(sys.stdin.buffer.read())
if root.tag != NS + 'alert':
    wrong.append('is no alert of CAP 1.2')
check(root, ALERT)
for info in root.iter(NS + 'info'):
    check(info, INFO)
for area in root.iter(NS + 'area'):
    check(area, AREA)
of = lambda name: root.findtext(NS + name)
if of('msgType') in ('Update', 'Cancel') and not of('references'):
    wrong.append('refers to nothing')
info = root.find(NS + 'info')
print(json.dumps({'wrong': wrong, 'references': (of('references') or '').split(), **{
    name: of(name) for name in ('identifier', 'sender', 'sent', 'status', 'msgType', 'note')},
    **{name: info.findtext(NS + name) for name in ('headline', 'severity', 'responseType')}}))
";

/// What another program finds in a message; `wrong` lists what the standard does not allow.
pub fn read(xml: &[u8]) -> Value {
    let mut python = Command::new("/usr/bin/python3");
    let python = python.args(["-c", CHECK]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = python.spawn().expect("Python runs");
    running.stdin.take().expect("a way in").write_all(xml).expect("written");
    let said = running.wait_with_output().expect("it ends").stdout;
    serde_json::from_slice(&said).expect("JSON")
}
