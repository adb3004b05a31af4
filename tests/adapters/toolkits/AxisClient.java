import java.io.PrintStream;
import java.net.URL;
import java.util.*;
import javax.xml.namespace.QName;
import org.apache.axis.AxisFault;
import org.apache.axis.client.Call;
import org.apache.axis.client.Service;
import org.apache.axis.encoding.ser.BeanDeserializerFactory;
import org.apache.axis.encoding.ser.BeanSerializerFactory;
import org.apache.axis.message.SOAPHeaderElement;

/** A vendor's client by Apache Axis 1.4: its calls are described by our ?wsdl. Arguments: address, user, password, serial, text. */
public class AxisClient {
    static final String SPACE = "urn:county";
    static final String WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    static final String TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";

    public static void main(String[] given) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        Service service = new Service(new URL(given[0] + "?wsdl"), new QName(SPACE, "CaseServiceService"));
        CaseService.Material form = new CaseService.Material(), proof = new CaseService.Material();
        form.setName("申请表"); form.setCopies(1);
        proof.setName("证明 " + given[4]); proof.setCopies(2);
        CaseService.Case record = new CaseService.Case();
        record.setCaseNo(given[3]); record.setMain(form);
        record.setMaterials(new CaseService.Material[] {form, proof});
        out.println(call(service, "invoke", given).invoke(new Object[] {"<ROOT><A>" + given[4] + "</A></ROOT>"}));
        CaseService.Case answer = (CaseService.Case) call(service, "submit", given).invoke(new Object[] {record});
        out.println(answer.getCaseNo());
        try {
            call(service, "submit", given).invoke(new Object[] {record});
        } catch (AxisFault fault) {
            out.println(fault.getFaultCode().getLocalPart() + " " + fault.getFaultString());
        }
        given[2] = "guessed";
        try {
            call(service, "invoke", given).invoke(new Object[] {"<ROOT/>"});
        } catch (AxisFault fault) {
            out.println(fault.getFaultCode().getLocalPart() + " " + fault.getFaultString());
        }
    }

    static Call call(Service service, String operation, String[] given) throws Exception {
        Call call = (Call) service.createCall(new QName(SPACE, "Approval"), new QName(SPACE, operation));
        known(call, CaseService.Case.class, "Case");
        known(call, CaseService.Material.class, "Material");
        SOAPHeaderElement security = new SOAPHeaderElement(new QName(WSSE, "Security"));
        security.setMustUnderstand(true);
        javax.xml.soap.SOAPElement token = security.addChildElement("UsernameToken", "wsse", WSSE);
        token.addChildElement("Username", "wsse", WSSE).addTextNode(given[1]);
        javax.xml.soap.SOAPElement password = token.addChildElement("Password", "wsse", WSSE).addTextNode(given[2]);
        password.setAttribute("Type", TEXT);
        call.addHeader(security);
        return call;
    }

    static void known(Call call, Class type, String name) {
        QName qname = new QName(SPACE, name);
        call.registerTypeMapping(type, qname, new BeanSerializerFactory(type, qname), new BeanDeserializerFactory(type, qname));
    }
}
